import type { NetworkState } from '../../contract/network.ts'
import { readRawNetwork, sha256 } from '../../host/network.ts'
import { pendingOn } from '../../host/commit.ts'
import { once } from '../../kit/once.ts'
import { Problem } from '../../kit/problem.ts'
import { backEnds } from '../../net/back-ends.ts'
import { driftOf } from '../../net/drift.ts'
import { canonical, known, readOnlyReason, vmsOn, type Known } from '../../net/known.ts'
import { masked } from '../../net/mask.ts'
import type { HostRow } from '../../store/hosts.ts'
import { saveFacts } from '../../store/facts.ts'
import { sessionOf } from '../hosts/target.ts'
import { sshProblem } from '../ssh-problem.ts'

export interface Reading {
  state: Known
  etag: string
  /** Id of the change that is undecided on the host, whoever began it. */
  pending: string | null
}

/** What a plan was made on, so that a later one can say what moved. */
interface Remembered {
  files: ReadonlyMap<string, string>
  links: ReadonlyMap<string, string>
}
const rememberedStates = 64
const remembered = (): Map<string, Remembered> => once('network-readings', () => new Map())

/** The network of a host at this moment, over SSH. Throws the problem when it can't be had. */
export async function readNow(host: HostRow, now: () => Date): Promise<Reading> {
  const session = await sessionOf(host)
  const [raw, pending] = await Promise.all([readRawNetwork(session, now), pendingOn(session)])
  if (!raw.ok) throw sshProblem(raw.error)
  await saveFacts(host.id, raw.value.facts)
  const state = known(raw.value, backEnds)
  const etag = sha256(canonical(state)).slice(0, 32)
  remember(`${host.id} ${etag}`, state)
  return { state, etag, pending: pending.ok ? pending.value : null }
}

function remember(key: string, state: Known): void {
  const map = remembered()
  map.delete(key)
  map.set(key, {
    files: new Map(state.raw.files.map(({ path, content }) => [path, content])),
    links: new Map([...state.actual].map(([name, link]) => [name, JSON.stringify(link)])),
  })
  for (const oldest of map.keys()) {
    if (map.size <= rememberedStates) break
    map.delete(oldest)
  }
}

/** 409 with what moved since the state of that etag. */
export function staleProblem(host: HostRow, etag: string, reading: Reading): Problem {
  const then = remembered().get(`${host.id} ${etag}`)
  const files = new Map(reading.state.raw.files.map(({ path, content }) => [path, content]))
  const movedFiles =
    then === undefined
      ? []
      : [...new Set([...then.files.keys(), ...files.keys()])]
          .filter((path) => then.files.get(path) !== files.get(path))
          .map((path) => ({
            path,
            before: maskedOrNull(then.files.get(path)),
            after: maskedOrNull(files.get(path)),
          }))
  const links = new Map([...reading.state.actual].map(([name, link]) => [name, JSON.stringify(link)]))
  const movedLinks =
    then === undefined
      ? []
      : [...new Set([...then.links.keys(), ...links.keys()])].filter((name) => then.links.get(name) !== links.get(name))
  return new Problem({
    code: 'stale-plan',
    kind: 'conflict',
    title: `The network of ${host.name} is no longer what this plan was made for. Plan again.`,
    extra: {
      etag: reading.etag,
      moved: [...movedFiles.map(({ path }) => path), ...movedLinks],
      movedFiles,
    },
  })
}

const maskedOrNull = (text: string | undefined): string | null => (text === undefined ? null : masked(text))

/** As the API shows it. */
export function presentState({ state, etag, pending }: Reading): NetworkState {
  const { network } = state.raw.facts
  const names = new Set([...state.actual.keys(), ...state.wanted.keys()])
  return {
    etag,
    takenAt: state.raw.facts.takenAt,
    backEnd: state.driver?.id ?? null,
    readOnly: state.readOnly,
    links: [...names].sort().map((name) => ({
      name,
      actual: state.actual.get(name) ?? null,
      configured: state.wanted.get(name) ?? null,
      owner: state.links.get(name)?.backEnd ?? state.driver?.id ?? 'unknown',
      sources: state.configured.sources[name] ?? [],
      management: state.management.has(name),
      readOnly: readOnlyReason(state, name),
      vms: vmsOn(state, name),
    })),
    drift: driftOf(state),
    orphanedTaps: orphans(state),
    managementPath: network.managementPath,
    pendingChange: pending,
  }
}

/** Taps that libvirt put into a bridge and that are in none: some tool's reload knocked them off. */
function orphans({ raw }: Known): NetworkState['orphanedTaps'] {
  const { links } = raw.facts.network
  return raw.facts.domains.flatMap(({ name: domain, nics }) =>
    nics.flatMap(({ tap, source, sourceKind }) => {
      const link = links.find(({ name }) => name === tap)
      const isBridge = links.some(({ name, kind }) => name === source && kind === 'bridge')
      if (tap === null || source === null || sourceKind !== 'bridge' || link === undefined || !isBridge) return []
      return link.master === null ? [{ tap, bridge: source, domain }] : []
    }),
  )
}
