import { keyfile } from './networkmanager-profiles.ts'
import { attempt } from './raw-steps.ts'
import type { FileChange, LinkChange, Transition } from '../back-end.ts'
import type { Step } from '../change.ts'

/**
 * A link whose profile changes is reapplied, which keeps the VM ports of a bridge; one that is new or goes elsewhere is
 * activated: first what is above, so that addresses are there before their old place loses them.
 */
export function applyProfiles({ changes, files, now }: Transition): Step[] {
  const loaded = files.filter(({ after }) => after !== null).map(({ path }) => path)
  const moved = changes.filter((change) => change.after !== null && isMoved(change))
  const edited = changes.filter((change) => change.before !== null && change.after !== null && !isMoved(change))
  const gone = changes.filter(({ before, after }) => after === null && before?.kind !== 'nic')
  const back = moved.filter(({ after }) => after?.master === null && after.kind === 'nic')
  const made = moved.filter((change) => !back.includes(change))
  const made2 = [
    ...made.filter(({ after }) => after?.master === null),
    ...made.filter(({ after }) => after?.master !== null),
  ]
  const addressed = [...made2, ...back].filter(({ after }) => after?.ipv6.kind === 'static').map(({ name }) => name)
  return [
    { kind: 'files' },
    ...(loaded.length === 0 ? [] : [nmcli(['connection', 'load', ...loaded], 20)]),
    ...made2.filter(({ after }) => after?.master === null).map((change) => activate(change, files, 'after')),
    ...addressed.map((name) => duplicates(name, 0)),
    ...made2.filter(({ after }) => after?.master !== null).map((change) => activate(change, files, 'after')),
    ...edited.map(({ name }) => nmcli(['device', 'reapply', name], 30)),
    ...back.map((change) => activate(change, files, 'after')),
    ...(gone.length === 0 ? [] : [nmcli(['connection', 'reload'], 20)]),
    ...gone
      .filter(({ name }) => now.some((link) => link.name === name))
      .map(({ name }) => attempt(['nmcli', '--wait', '20', 'device', 'delete', name], 30)),
    ...addressed.map((name) => duplicates(name, 1)),
  ]
}

/** The kernel holds an IPv6 address back for a second while it looks for a duplicate; these stood on this host before. */
const duplicates = (name: string, look: 0 | 1): Step =>
  attempt(['sysctl', '-q', '-w', `net/ipv6/conf/${name}/accept_dad=${look}`])

export function undoProfiles({ changes, files }: Transition): Step[] {
  const back = changes.map(({ name, before, after }) => ({ name, before: after, after: before }))
  const order = [
    ...back.filter(({ after }) => after !== null && after.master === null),
    ...back.filter(({ after }) => after !== null && after.master !== null),
  ]
  return [
    attempt(['nmcli', 'connection', 'reload'], 20),
    ...order.map((change): Step => {
      const step = isMoved(change) ? activate(change, files, 'before') : nmcli(['device', 'reapply', change.name], 30)
      return { ...step, mayFail: true }
    }),
    ...changes
      .filter(({ before, after }) => before === null && after?.kind === 'nic')
      .map(({ name }) => attempt(['nmcli', '--wait', '20', 'device', 'connect', name], 30)),
  ]
}

type Run = Extract<Step, { kind: 'run' }>

const nmcli = (words: string[], timeoutSeconds: number): Run => ({
  kind: 'run',
  argv: ['nmcli', '--wait', String(timeoutSeconds), ...words],
  timeoutSeconds: timeoutSeconds + 10,
})

/** New, or from one bridge or bond to another or to none. */
const isMoved = ({ before, after }: LinkChange): boolean =>
  before === null || before.master !== after?.master || JSON.stringify(before.vlan) !== JSON.stringify(after.vlan)

function activate({ name }: LinkChange, files: readonly FileChange[], side: 'before' | 'after'): Run {
  const uuid = files.flatMap((file) => {
    const text = keyfile(file[side] ?? '')
    const mine = text.last('connection', 'interface-name') === name
    return mine ? (text.last('connection', 'uuid') ?? []) : []
  })[0]
  if (uuid === undefined) return nmcli(['device', 'connect', name], 30)
  return nmcli(['connection', 'up', 'uuid', uuid, 'ifname', name], 45)
}
