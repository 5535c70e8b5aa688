import type { LinkChange, Transition } from '../back-end.ts'
import type { Expectation, Step } from '../change.ts'
import type { BondConfig, BridgeConfig, LinkConfig } from '../model.ts'
import { withoutDad } from './quiet-dad.ts'
import { SectionText } from '../text/sections.ts'

const run = (argv: string[], timeoutSeconds = 20): Step => ({ kind: 'run', argv, timeoutSeconds })
const attempt = (...argv: string[]): Step => ({ kind: 'run', argv, timeoutSeconds: 10, mayFail: true })

/**
 * Files, a reload (which makes new links and moves those whose .network changed), then what networkd leaves undone.
 * `generate` comes between files and reload where another tool makes networkd's files.
 */
export function applyNetworkd(transition: Transition, generate: Step[] = []): Step[] {
  const { changes } = transition
  const brought = [
    ...changes.filter(isRemade).map(({ name }) => attempt('ip', 'link', 'delete', 'dev', name)),
    run(['networkctl', 'reload']),
    ...reconfigured(transition),
    ...settle(changes),
    ...changes.flatMap(kernelSteps),
    ...deletions(changes),
    ...settle(changes),
  ]
  return [{ kind: 'files' }, ...generate, ...withoutDad(changes, brought)]
}

/** Files stand as before, links made are gone: networkd takes all back, and is told of the links that moved. */
export function undoNetworkd(transition: Transition, generate: Step[] = []): Step[] {
  const inverse = transition.changes.map(({ name, before, after }) => ({ name, before: after, after: before }))
  const back = inverse.flatMap(({ name, after }) => (after === null ? [] : [name]))
  const brought = [
    attempt('networkctl', 'reload'),
    ...back.map((name) => attempt('networkctl', 'reconfigure', name)),
    ...inverse.flatMap(kernelSteps),
    ...settle(inverse),
  ]
  // Those that an apply cut short has left hushed are given back their voice, too.
  return [...generate, ...withoutDad(inverse, brought), ...withoutDad(transition.changes, []).slice(-1)]
}

/** An expectation per link that must hold before the next step makes sense. */
function settle(changes: readonly LinkChange[]): Step[] {
  const until = changes.flatMap(({ name, after }): Expectation[] => {
    if (after === null) return []
    const addresses = [after.ipv4, after.ipv6].flatMap((of) => (of.kind === 'none' ? [] : of.addresses))
    return [
      { kind: 'link', link: name },
      { kind: 'master', link: name, master: after.master },
      ...addresses.map((cidr): Expectation => ({ kind: 'address', link: name, cidr })),
      ...(after.ipv4.kind === 'dhcp' ? [{ kind: 'any-address' as const, link: name, family: 'inet' as const }] : []),
    ]
  })
  return until.length === 0 ? [] : [{ kind: 'wait', until, timeoutSeconds: 30 }]
}

/** What the kernel sets only when a link is made: networkd has to make it anew. */
export const isRemade = ({ before, after }: LinkChange): boolean =>
  before !== null &&
  after !== null &&
  before.kind !== 'nic' &&
  (before.kind !== after.kind ||
    before.vlan?.id !== after.vlan?.id ||
    before.vlan?.parent !== after.vlan?.parent ||
    before.bond?.mode !== after.bond?.mode)

/** Links whose .network this change does not touch are not looked at by a reload. */
function reconfigured({ changes, files }: Transition): Step[] {
  const texts = files.flatMap(({ path, before, after }) => (path.endsWith('.network') ? [before, after] : []))
  const touched = new Set(texts.flatMap((text) => (text === null ? [] : namesIn(text))))
  const remade = new Set(changes.filter(isRemade).map(({ name }) => name))
  const names = changes.flatMap(({ name, before, after }) => {
    const ported = after?.master !== undefined && after.master !== null && remade.has(after.master)
    const left = before !== null && after !== null && !touched.has(name)
    return left || ported ? [name] : []
  })
  return names.map((name) => run(['networkctl', 'reconfigure', name]))
}

const namesIn = (text: string): string[] =>
  new SectionText(text).values('Match', 'Name').flatMap((value) => value.split(/\s+/))

/** Uppermost first: networkd does not take away a link whose file is gone. */
export const deletions = (changes: readonly LinkChange[]): Step[] =>
  changes
    .filter(({ before, after }) => before !== null && after === null && before.kind !== 'nic')
    .toReversed()
    .map(({ name }) => attempt('ip', 'link', 'delete', 'dev', name))

/** networkd does nothing about a changed .netdev of a link that is there: the kernel is told directly. */
export function kernelSteps(change: LinkChange): Step[] {
  const { name, before, after } = change
  if (before === null || after === null || isRemade(change)) return []
  const steps: Step[] = []
  const set = (...words: string[]) => steps.push(run(['ip', 'link', 'set', 'dev', name, ...words]))
  if (after.mac !== null && after.mac !== before.mac && after.kind !== 'nic') set('address', after.mac)
  if (after.bridge !== null && before.bridge !== null)
    for (const words of bridgeWords(before.bridge, after.bridge)) set('type', 'bridge', ...words)
  if (after.bond !== null && before.bond !== null)
    for (const words of bondWords(before.bond, after.bond)) set('type', 'bond', ...words)
  return [...steps, ...portSteps(name, before, after)]
}

const centi = (seconds: number): string => String(Math.round(seconds * 100))
const flag = (on: boolean): string => (on ? '1' : '0')

/** Words of `ip link set … type bridge`; null is the kernel's default. */
function bridgeWords(before: BridgeConfig, after: BridgeConfig): string[][] {
  const all: [keyof BridgeConfig, string, string][] = [
    ['forwardDelaySeconds', 'forward_delay', centi(after.forwardDelaySeconds ?? 15)],
    ['helloSeconds', 'hello_time', centi(after.helloSeconds ?? 2)],
    ['maxAgeSeconds', 'max_age', centi(after.maxAgeSeconds ?? 20)],
    ['priority', 'priority', String(after.priority ?? 32768)],
    ['ageingSeconds', 'ageing_time', centi(after.ageingSeconds ?? 300)],
    ['stp', 'stp_state', flag(after.stp ?? false)],
    ['defaultPvid', 'vlan_default_pvid', String(after.defaultPvid ?? 1)],
    ['vlanFiltering', 'vlan_filtering', flag(after.vlanFiltering ?? false)],
    ['multicastSnooping', 'mcast_snooping', flag(after.multicastSnooping ?? true)],
  ]
  return all.filter(([key]) => before[key] !== after[key]).map(([, word, value]) => [word, value])
}

function bondWords(before: BondConfig, after: BondConfig): string[][] {
  const all: [keyof BondConfig, string, string | null][] = [
    ['miimonMs', 'miimon', String(after.miimonMs ?? 0)],
    ['upDelayMs', 'updelay', String(after.upDelayMs ?? 0)],
    ['downDelayMs', 'downdelay', String(after.downDelayMs ?? 0)],
    ['hashPolicy', 'xmit_hash_policy', after.hashPolicy ?? 'layer2'],
    ['primary', 'primary', after.primary],
    ['minLinks', 'min_links', String(after.minLinks ?? 0)],
  ]
  return all.flatMap(([key, word, value]) => (before[key] === after[key] || value === null ? [] : [[word, value]]))
}

/** networkd adds VLANs of a port and forgets to take away others. */
function portSteps(name: string, before: LinkConfig, after: LinkConfig): Step[] {
  if (after.master === null || before.master !== after.master || before.port === null) return []
  const kept = new Set([...(after.port?.untagged ?? []), ...(after.port?.tagged ?? [])])
  return [...before.port.untagged, ...before.port.tagged]
    .filter((id) => !kept.has(id))
    .map((id) => attempt('bridge', 'vlan', 'del', 'dev', name, 'vid', String(id)))
}
