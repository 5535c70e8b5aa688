import type { Operation } from '../contract/network.ts'
import { commandText } from '../tuning/command.ts'
import { runtimeOf } from './actual.ts'
import type { FileChange, LinkChange, Transition } from './back-end.ts'
import { chainOf } from './chain.ts'
import { candidate, type Expectation, type HostChange, type Step } from './change.ts'
import { check } from './check.ts'
import { Draft, type Refusal } from './draft.ts'
import { expectationsOf, presentExpectations, restoreCommands } from './expect.ts'
import type { Known } from './known.ts'
import type { LinkConfig } from './model.ts'
import { operate } from './operate.ts'
import { concernedVms, risksOf, type Risk } from './risks.ts'
import { say, type Sentence } from './sentences.ts'

/** What the host carries out, without what only the store and the clock know. */
export type HostWork = Omit<HostChange, 'id' | 'files' | 'windowSeconds'>

export interface NetworkPlan {
  steps: Sentence[]
  files: FileChange[]
  commands: string[]
  risks: Risk[]
  refusals: Refusal[]
  outageMs: { least: number; most: number }
  severing: boolean
  windowSeconds: { least: number; usual: number; most: number }
  vms: string[]
  /** Null when it is refused. */
  work: HostWork | null
}

/** Files of an earlier change, to be put back: its `after` must still stand. */
export type Revert = readonly FileChange[]

const leastWindow = 60
const usualWindow = 120
const mostWindow = 3600
/** Long enough for the slowest back-end with DHCP; what hangs longer is undone. */
const applySeconds = 90

/**
 * From what is and what is wished for to what is done: refusals, or ordered sentences with the files, commands,
 * expectations and the way back. The same input gives the same plan.
 */
export function planNetwork(state: Known, operations: readonly Operation[], revert: Revert | null = null): NetworkPlan {
  const draft = new Draft(state)
  operations.forEach((operation, index) => {
    draft.at = `operations.${index}`
    operate(draft, draft.at, operation)
  })
  if (revert !== null) return planRevert(draft, revert)
  if (draft.refusals.length === 0) check(draft)
  const changes = changesOf(draft)
  const files = draft.refusals.length > 0 ? [] : write(draft, changes)
  return finish(draft, changes, files)
}

function write(draft: Draft, changes: LinkChange[]): FileChange[] {
  const { driver, raw, readOnly } = draft.state
  if (changes.length === 0) return []
  if (driver === null) {
    if (readOnly !== null) draft.refuse(null, readOnly)
    return []
  }
  const written = driver.write(raw.files, changes, runtimeOf(raw.facts.network))
  if (written.ok) return written.value
  draft.refuse(null, written.error)
  return []
}

function planRevert(draft: Draft, revert: Revert): NetworkPlan {
  const { driver, raw } = draft.state
  const now = new Map(raw.files.map((file) => [file.path, file.content]))
  for (const { path, after } of revert)
    if ((now.get(path) ?? null) !== after) draft.refuse('operations.0', say('refuse.file-changed', { path }))
  if (driver === null || draft.refusals.length > 0) {
    if (driver === null && draft.state.readOnly !== null) draft.refuse(null, draft.state.readOnly)
    return finish(draft, [], [])
  }
  const files = revert.map(({ path, before, after, mode }) => ({ path, before: after, after: before, mode }))
  for (const { path } of files) draft.steps.push(say('step.restore-file', { path }))
  const changed = new Map(files.map((file) => [file.path, file.after]))
  const restored = driver.read(
    [
      ...raw.files.flatMap((file) => {
        const content = changed.has(file.path) ? changed.get(file.path) : file.content
        return content === null || content === undefined ? [] : [{ ...file, content }]
      }),
      ...files.flatMap(({ path, after, mode }) =>
        after !== null && !now.has(path) ? [{ path, content: after, mode, uid: 0, gid: 0 }] : [],
      ),
    ],
    runtimeOf(raw.facts.network),
  )
  const after = new Map(restored.links.map((link) => [link.name, link]))
  for (const name of new Set([...after.keys(), ...draft.state.wanted.keys()])) {
    const next = after.get(name) ?? null
    if (same(draft.state.wanted.get(name) ?? null, next)) continue
    draft.at = 'operations.0'
    if (next === null) draft.links.set(name, null)
    else draft.set(next)
  }
  check(draft)
  return finish(draft, changesOf(draft), draft.refusals.length > 0 ? [] : files)
}

const same = (one: LinkConfig | null, other: LinkConfig | null): boolean =>
  JSON.stringify(one) === JSON.stringify(other)

/** Below before above; what goes comes last, above before below. */
function changesOf(draft: Draft): LinkChange[] {
  const changes = [...draft.links].flatMap(([name, after]) => {
    const before = draft.state.wanted.get(name) ?? null
    return same(before, after) ? [] : [{ name, before, after }]
  })
  const rank = ({ name, after }: LinkChange): number => {
    const kept = after === null ? -1 : chainOf(draft, name).links.indexOf(name)
    return after === null ? 1000 : kept
  }
  return changes.sort((one, other) => rank(one) - rank(other) || (one.name < other.name ? -1 : 1))
}

function finish(draft: Draft, changes: LinkChange[], files: FileChange[]): NetworkPlan {
  const { state } = draft
  const { driver, raw } = state
  const now = runtimeOf(raw.facts.network)
  const reconciled = [...draft.reconciled].flatMap((name) => {
    const after = state.wanted.get(name) ?? null
    return changes.some((change) => change.name === name)
      ? []
      : [{ name, before: state.actual.get(name) ?? null, after }]
  })
  const transition: Transition = { changes: [...changes, ...reconciled], files, now, versions: raw.versions }
  const touched = transition.changes.map(({ name }) => name)
  const hasWork = touched.length > 0 || draft.taps.length > 0 || draft.tapMtus.length > 0
  if (!hasWork && draft.refusals.length === 0) draft.refuse(null, say('refuse.nothing'))
  const severing = touched.some((name) => isOnManagementPath(draft, name))
  const [least, most] = touched.length > 0 && driver !== null ? outage(draft, driver.outageMs(transition)) : [0, 0]
  const vms = concernedVms(draft)
  const work = draft.refusals.length > 0 ? null : workOf(draft, transition, now)
  if (work !== null && work.taps.length > 0) draft.steps.push(say('step.taps-stay', { count: work.taps.length }))
  return {
    steps: draft.steps,
    files,
    commands: work === null ? [] : commandsOf(work.apply, files),
    risks: risksOf(draft, severing, [least, most], vms),
    refusals: draft.refusals,
    outageMs: { least, most },
    severing,
    windowSeconds: windowOf(draft),
    vms,
    work,
  }
}

const isOnManagementPath = (draft: Draft, name: string): boolean => {
  if (draft.state.management.has(name)) return true
  const link = draft.links.get(name)
  return link?.vlan !== null && link?.vlan !== undefined && draft.moves.some(({ to }) => to === name)
}

/** A bridge with STP forwards nothing for twice the forward delay. */
function outage(draft: Draft, [least, most]: [number, number]): [number, number] {
  const delays = [...draft.links.values()].map((link) => {
    const gains = [...draft.links.values()].some(
      (port) => port?.master === link?.name && draft.before(port?.name ?? '')?.master !== port?.master,
    )
    return link?.bridge?.stp === true && gains ? 2000 * (link.bridge.forwardDelaySeconds ?? 15) : 0
  })
  const delay = Math.max(0, ...delays)
  return [least + delay, most + delay]
}

function windowOf(draft: Draft): NetworkPlan['windowSeconds'] {
  const links = [...draft.links.values()].filter((link) => link !== null)
  const stp = Math.max(
    0,
    ...links.map(({ bridge }) => (bridge?.stp === true ? 2 * (bridge.forwardDelaySeconds ?? 15) : 0)),
  )
  const dhcp = links.some(({ ipv4, ipv6 }) => ipv4.kind === 'dhcp' || ipv6.kind === 'dhcp') ? 30 : 0
  return { least: leastWindow + stp + dhcp, usual: usualWindow + stp + dhcp, most: mostWindow }
}

function workOf(draft: Draft, transition: Transition, now: Transition['now']): HostWork {
  const { state } = draft
  const { driver } = state
  const names = transition.changes.map(({ name }) => name)
  const hasFiles = transition.changes.length > 0 && driver !== null
  const taps = tapsOf(draft)
  const tapSteps: Step[] = [
    ...draft.taps.map(({ tap, bridge }) => run('ip', 'link', 'set', 'dev', tap, 'master', bridge)),
    ...draft.tapMtus.map(({ tap, mtu }) => run('ip', 'link', 'set', 'dev', tap, 'mtu', String(mtu))),
  ]
  const moved = draft.taps.map(({ tap }) => tap)
  const created = transition.changes
    .filter(({ name, after }) => after !== null && !state.links.has(name))
    .map(({ name }) => name)
  const alsoMoved = draft.tapMtus.map(({ tap }) => tap)
  return {
    check: hasFiles ? driver.check(transition) : [],
    apply: [...(hasFiles ? driver.apply(transition) : []), ...tapSteps],
    undo: hasFiles ? driver.undo(transition) : [],
    restore: restoreCommands(state, [...names, ...moved, ...alsoMoved], now),
    created,
    expect: [
      ...transition.changes.flatMap(({ name, before, after }): Expectation[] =>
        after === null ? [{ kind: 'no-link', link: name }] : [...expectationsOf(after, before), ...gone(before, after)],
      ),
      ...draft.taps.map(({ tap, bridge }): Expectation => ({ kind: 'master', link: tap, master: bridge })),
      ...draft.tapMtus.map(({ tap, mtu }): Expectation => ({ kind: 'mtu', link: tap, mtu })),
    ],
    expectOld: [...names, ...moved, ...alsoMoved].flatMap((name) => presentExpectations(state, name)),
    taps,
    probes: probesOf(state),
    applySeconds,
  }
}

/** Addresses that must no longer be on the link, else they would answer from both. */
const gone = (before: LinkConfig | null, after: LinkConfig): Expectation[] => {
  if (before === null) return []
  const list = ({ ipv4, ipv6 }: LinkConfig) =>
    [ipv4, ipv6].flatMap((config) => (config.kind === 'none' ? [] : config.addresses))
  const kept = new Set(list(after))
  return list(before)
    .filter((cidr) => !kept.has(cidr))
    .map((cidr) => ({ kind: 'no-address', link: after.name, cidr }))
}

const tapsOf = (draft: Draft): HostChange['taps'] =>
  [...draft.state.links.values()].flatMap(({ name, kind, master }) =>
    kind === 'tap' && master !== null && draft.links.get(master) !== null ? [{ tap: name, bridge: master }] : [],
  )

/** Whoever is asked on the way out: gateways and DNS servers. */
const probesOf = ({ raw }: Known): string[] => {
  const gateways = raw.facts.network.routes.flatMap(({ destination, gateway }) =>
    destination === 'default' && gateway !== null && !gateway.toLowerCase().startsWith('fe80:') ? [gateway] : [],
  )
  return [...new Set(gateways)].slice(0, 4)
}

const run = (...argv: string[]): Step => ({ kind: 'run', argv, timeoutSeconds: 20 })

/** As a person would type them. */
function commandsOf(steps: readonly Step[], files: readonly FileChange[]): string[] {
  return steps.flatMap((step): string[] => {
    switch (step.kind) {
      case 'files':
        return files.map(({ path, after }) => (after === null ? `rm ${path}` : `install ${path}`))
      case 'run':
        return [commandText({ argv: step.argv.map((word) => word.replace(candidate, '')) }, false)]
      case 'ip':
        return step.lines.map((line) => `ip ${line}`)
      case 'wait':
      case 'lines':
        return []
    }
  })
}
