import { describe, expect, test } from 'vitest'
import { type Action, actions, parseRole, refusal, roles } from './can.ts'

/** The policy, written out a second time by hand: a change of one of them alone is a mistake. */
const allowed: Record<Action, string> = {
  'host.read': 'admin operator viewer',
  'host.probe': 'admin operator',
  'host.add': 'admin',
  'host.edit': 'admin operator',
  'host.remove': 'admin',
  'host.repin': 'admin',
  'host.refresh': 'admin operator',
  'host.prepare': 'admin operator',
  'host.network': 'admin operator',
  'vm.read': 'admin operator viewer',
  'vm.create': 'admin operator',
  'vm.edit': 'admin operator',
  'vm.power': 'admin operator',
  'vm.console': 'admin operator',
  'vm.migrate': 'admin operator',
  'vm.remove': 'admin operator',
  'storage.read': 'admin operator viewer',
  'storage.manage': 'admin operator',
  'preset.read': 'admin operator viewer',
  'preset.manage': 'admin',
  'live.read': 'admin operator viewer',
  'job.read': 'admin operator viewer',
  'job.cancel': 'admin operator',
  'audit.read': 'admin operator',
  'token.manage': 'admin',
  'user.manage': 'admin',
  'account.own': 'admin operator viewer',
  'metrics.read': 'admin operator viewer',
}

describe.each(actions)('%s', (action) => {
  test.each(roles)('%s', (role) => {
    const may = allowed[action].split(' ').includes(role)
    const sentence = new RegExp(`^Your role \\(${role}\\) may not .+; ask for the role (operator|admin)\\.$`)
    expect(refusal({ role }, action) ?? 'allowed').toMatch(may ? /^allowed$/ : sentence)
  })
  test('the process itself', () => expect(refusal({ kind: 'system' }, action)).toBeNull())
})

test('a role of a row is one we know, or none', () => {
  expect(parseRole('operator')).toBe('operator')
  for (const wrong of ['root', '', 'Admin', null, undefined, 3]) expect(parseRole(wrong)).toBeNull()
})
