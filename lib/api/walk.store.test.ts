/** Walks the OpenAPI document: whoever adds a route without asking the policy fails here. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Action, actions, refusal, type Role, roles } from '../access/can.ts'
import { document } from './app.ts'
import { type Door, openDoor } from '../../e2e/harness/door.ts'

interface Operation {
  method: string
  path: string
  action: Action | 'public' | undefined
  security: unknown[] | undefined
}

const operations: Operation[] = Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
  Object.entries(item as Record<string, { 'x-action'?: Action | 'public'; security?: unknown[] }>).map(
    ([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      action: operation['x-action'],
      security: operation.security,
    }),
  ),
)
/** Ids that name nothing: what is allowed finds nothing to do. */
const filled = (path: string): string => path.replaceAll(/\{[^}]+\}/g, 'nobody-and-nothing')
const named = operations.map((operation) => [`${operation.method} ${operation.path}`, operation] as const)

let door: Door
const tokens = new Map<Role, string>()

/** Status and code; a stream is left as soon as it begins. */
async function outcome({ method, path }: Operation, token?: string): Promise<{ status: number; code: string | null }> {
  const leave = new AbortController()
  const answer = await door.raw(method, filled(path), token === undefined ? {} : { token }, leave.signal)
  if (answer.headers.get('content-type')?.startsWith('text/event-stream')) {
    leave.abort()
    return { status: answer.status, code: null }
  }
  const text = await answer.text()
  if (answer.status < 400) return { status: answer.status, code: null }
  // Whatever is refused is a problem document, or this throws.
  const { code } = JSON.parse(text) as { code: string }
  return { status: answer.status, code }
}

beforeAll(async () => {
  door = await openDoor()
})
afterAll(() => door.close())

test('every operation says what the policy must allow', () => {
  expect(operations.length).toBeGreaterThan(35)
  for (const { method, path, action, security } of operations) {
    expect([...actions, 'public'], `${method} ${path}`).toContain(action)
    expect(security, `${method} ${path}`).toHaveLength(action === 'public' ? 0 : 2)
  }
  const unguarded = operations
    .filter(({ action }) => action === 'public')
    .map(({ method, path }) => `${method} ${path}`)
  expect(unguarded.sort()).toEqual(['GET /setup', 'POST /session', 'POST /session/totp', 'POST /setup'])
})

const open = named.filter(([, { action }]) => action === 'public')
const guarded = named.filter(([, { action }]) => action !== 'public')

describe('before set-up', () => {
  test.each(named.filter(([, { path }]) => path !== '/setup'))('%s', async (_name, operation) => {
    expect(await outcome(operation)).toEqual({ status: 503, code: 'not-set-up' })
  })
})

describe('after set-up', () => {
  beforeAll(async () => {
    const admin = await door.claim()
    for (const role of roles) tokens.set(role, await door.tokenOf(role, admin))
  })

  test.each(open)('nobody: %s', async (_name, operation) => {
    expect((await outcome(operation)).status).toBeLessThan(500)
  })
  test.each(guarded)('nobody: %s', async (_name, operation) => {
    expect(await outcome(operation)).toEqual({ status: 401, code: 'unauthenticated' })
  })

  describe.each(roles)('%s', (role) => {
    const reasonFor = ({ action }: Operation) => refusal({ role }, action as Action)
    test.each(guarded.filter(([, operation]) => reasonFor(operation) !== null))(
      'may not: %s',
      async (_name, operation) => {
        expect(await outcome(operation, tokens.get(role))).toEqual({ status: 403, code: 'forbidden' })
      },
    )
    test.each(guarded.filter(([, operation]) => reasonFor(operation) === null))('may: %s', async (_name, operation) => {
      const { status, code } = await outcome(operation, tokens.get(role))
      expect(code).not.toBe('forbidden')
      expect(status).not.toBe(401)
      expect(status).toBeLessThan(500)
    })
  })

  test('the reason is the policy’s own sentence, and a refused write is in the audit log', async () => {
    const refused = await door.call('POST', '/tokens', { name: 'x', role: 'admin' }, { token: tokens.get('viewer') })
    expect(refused.body.title).toBe(refusal({ role: 'viewer' }, 'token.manage'))
    const log = await door.call('GET', '/audit?limit=1', undefined, { token: tokens.get('operator') })
    expect(log.body.items[0]).toMatchObject({
      actorKind: 'token',
      actorName: 'viewer',
      action: 'token.manage',
      outcome: 'refused',
      address: '192.0.2.1',
    })
    const me = await door.call('GET', '/me', undefined, { token: tokens.get('viewer') })
    expect(me.body.refusals['token.manage']).toBe(refused.body.title)
  })
})
