import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import type { DomainState } from '../../facts/facts.ts'
import { domainStates } from '../../facts/libvirt-snapshot.ts'
import { nameText } from '../../facts/text.ts'
import type { RpcClient } from '../../host/libvirt/client.ts'
import { libvirtOf } from '../../host/libvirt/connect.ts'
import { readDomains, type HostDomain } from '../../host/libvirt/domains.ts'
import type { LibvirtFailure } from '../../host/libvirt/failure.ts'
import { once } from '../../kit/once.ts'
import { ok, type Result } from '../../kit/result.ts'
import { hub } from '../../live/hub.ts'
import type { Session } from '../../ssh/session.ts'
import type { Domain } from '../../vm/domain.ts'
import { readDomain } from '../../vm/domain-read.ts'
import { noteDefinition } from './definitions-seen.ts'
import { keepVlans } from './vlan-keeper.ts'

/** A domain with what its texts say; `running` is null while it does not run. */
export interface KnownDomain extends HostDomain {
  uuid: string
  defined: Domain
  running: Domain | null
  stateWord: DomainState
  /** Of the definition, as it may be shown. */
  etag: string
}

export interface HostBoard {
  domains: readonly KnownDomain[]
  readAt: Date
  /** In which order readings began. */
  turn: number
}

/**
 * The VMs of all hosts as last read: what lists are made of. It is read again by libvirt's events, by each fresh reading
 * of facts, and after each edit of ours; whoever is about to change a VM reads it from its host first.
 */
const boards = (): Map<string, HostBoard> => once('vm-boards', () => new Map<string, HostBoard>())

export const boardOf = (hostId: string): HostBoard | null => boards().get(hostId) ?? null
export function forgetBoard(hostId: string): void {
  boards().delete(hostId)
  troubles().delete(hostId)
}

interface Trouble {
  reason: string
  at: Date
}
const troubles = (): Map<string, Trouble> => once('vm-board-troubles', () => new Map<string, Trouble>())
/** Why a host's VMs could not be read when that was last tried; null when they could. */
export const boardTroubleOf = (hostId: string): Trouble | null => troubles().get(hostId) ?? null
function noteTrouble(hostId: string, reason: string | null, now: () => Date): void {
  const before = troubles().get(hostId)?.reason ?? null
  if (reason === null) troubles().delete(hostId)
  else troubles().set(hostId, { reason, at: now() })
  if (reason !== before) hub().publish({ type: 'vms-changed', host: hostId })
}

/** Reads the host's VMs, keeps them, and tells everybody who watches when anything is different. */
export async function refreshBoard(
  hostId: string,
  session: Session,
  now: () => Date,
): Promise<Result<HostBoard, LibvirtFailure>> {
  const client = await libvirtOf(session)
  if (!client.ok) {
    noteTrouble(hostId, client.error.title, now)
    return client
  }
  const board = await refreshBoardBy(hostId, client.value, now)
  if (board.ok) await keepVlans(hostId, session, board.value)
  return board
}

export async function refreshBoardBy(
  hostId: string,
  client: RpcClient,
  now: () => Date,
): Promise<Result<HostBoard, LibvirtFailure>> {
  const turn = nextTurn()
  const read = await readDomains(client)
  noteTrouble(hostId, read.ok ? null : read.error.title, now)
  if (!read.ok) return read
  const known = new Map(
    boards()
      .get(hostId)
      ?.domains.map((domain) => [domain.uuid, domain]),
  )
  const domains = await inSlices(
    read.value.filter((domain) => !isArriving(domain)),
    (domain) => reuse(known.get(domain.ref.uuid), domain) ?? knownDomain(domain),
  )
  const before = boards().get(hostId)
  // Began after this reading and ended before it: it knows more.
  if (before !== undefined && before.turn > turn) return ok(before)
  const board: HostBoard = {
    domains: domains.toSorted((a, b) => (a.defined.name < b.defined.name ? -1 : 1)),
    readAt: now(),
    turn,
  }
  boards().set(hostId, board)
  const last = new Map(before?.domains.map((domain) => [domain.uuid, domain]))
  const isNews =
    before === undefined ||
    before.domains.length !== domains.length ||
    domains.some((domain) => last.get(domain.uuid) !== domain)
  if (isNews) hub().publish({ type: 'vms-changed', host: hostId })
  return ok(board)
}

const turns = once('vm-board-turns', () => ({ last: 0 }))
function nextTurn(): number {
  turns.last += 1
  return turns.last
}

// Hundreds of definitions take a third of a second to parse, in which everybody's live figures would stand still.
const sliceMs = 10

async function inSlices<In, Out>(all: readonly In[], make: (one: In) => Out): Promise<Out[]> {
  const made: Out[] = []
  let since = performance.now()
  for (const one of all) {
    made.push(make(one))
    if (performance.now() - since > sliceMs) {
      await setImmediate()
      since = performance.now()
    }
  }
  return made
}

// virDomainState, virDomainPausedReason
const paused = 3
const pausedForMigration = 2
const pausedForStart = 11

/** What another host is sending it: until it runs here, it is the other host's. */
const isArriving = ({ state, reason, persistent }: HostDomain): boolean =>
  state === paused && !persistent && (reason === pausedForMigration || reason === pausedForStart)

/** Parsing 500 definitions takes longer than fetching them; what has not changed is the same object as before. */
function reuse(before: KnownDomain | undefined, now: HostDomain): KnownDomain | null {
  if (before === undefined || before.definitionXml !== now.definitionXml || before.runningXml !== now.runningXml)
    return null
  const isSame =
    before.state === now.state &&
    before.reason === now.reason &&
    before.ref.id === now.ref.id &&
    before.autostart === now.autostart &&
    before.persistent === now.persistent &&
    before.hasSavedState === now.hasSavedState &&
    before.hasSnapshots === now.hasSnapshots
  return isSame ? before : { ...before, ...now, stateWord: domainStates[now.state] ?? 'unknown' }
}

export function knownDomain(domain: HostDomain): KnownDomain {
  const etag = createHash('sha256').update(domain.definitionXml).digest('base64url').slice(0, 22)
  noteDefinition(etag, domain.definitionXml)
  return {
    ...domain,
    uuid: domain.ref.uuid,
    defined: parsed(domain.definitionXml, domain),
    running: domain.runningXml === null ? null : parsed(domain.runningXml, domain),
    stateWord: domainStates[domain.state] ?? 'unknown',
    etag,
  }
}

/** What libvirt calls it counts, not what stands in the text. */
function parsed(xml: string, { ref }: HostDomain): Domain {
  const read = readDomain(xml)
  return { ...(read.ok ? read.value : unreadable), uuid: ref.uuid, name: nameText(ref.name, 255) }
}

const unreadable: Domain = {
  uuid: '',
  name: '',
  title: null,
  notes: '',
  type: 'unknown',
  architecture: '',
  machine: '',
  firmware: 'bios',
  secureBoot: false,
  tpm: false,
  vcpus: 0,
  maxVcpus: 0,
  topology: null,
  cpu: null,
  memoryBytes: 0,
  maxMemoryBytes: 0,
  bootOrder: [],
  nics: [],
  disks: [],
  graphics: null,
  serial: false,
  agent: 'absent',
  tags: [],
  owner: null,
  preset: null,
  image: null,
}
