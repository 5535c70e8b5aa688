import type { Call } from './client.ts'
import { XdrWriter, type XdrReader } from './wire.ts'

/**
 * The procedures we use: numbers and bodies as libvirt's remote_protocol.x has them. The numbers are append-only there,
 * so a call works with any daemon that is new enough to know it.
 */

export interface DomainRef {
  name: string
  uuid: string
  id: number
}
/** A network or a storage pool. */
export interface NamedRef {
  name: string
  uuid: string
}

// A host with more than this many of anything is not one we know.
const maxObjects = 16_384

const noBody = Buffer.alloc(0)
const nothing = (): void => {}
const xdr = () => new XdrWriter()
const flags = (value: number): Buffer => xdr().uint(value).bytes()
const string = (reader: XdrReader): string => reader.string()
const versionOf = (reader: XdrReader): number => reader.hyper()

export const readDomainRef = (reader: XdrReader): DomainRef => ({
  name: reader.string(),
  uuid: reader.uuid(),
  id: reader.int(),
})
const readNamed = (reader: XdrReader): NamedRef => ({ name: reader.string(), uuid: reader.uuid() })
export const domainBody = ({ name, uuid, id }: DomainRef): XdrWriter => xdr().string(name).uuid(uuid).int(id)
const named = ({ name, uuid }: NamedRef): XdrWriter => xdr().string(name).uuid(uuid)

const listBody = (filter: number): Buffer => xdr().int(1).uint(filter).bytes()
const readList =
  <T>(read: (reader: XdrReader) => T) =>
  (reader: XdrReader): T[] =>
    reader.list(maxObjects, read)

/** virConnectListAll… filters; 0 lists all. */
export const listFilter = {
  domains: { all: 0, persistent: 1 << 2, managedSave: 1 << 8, autostart: 1 << 10, snapshot: 1 << 12 },
  networks: { all: 0, active: 1 << 1, autostart: 1 << 4 },
  pools: { all: 0, active: 1 << 1, autostart: 1 << 4 },
} as const

export const authNone = 0
export const authPolkit = 2

export const authList = (): Call<number[]> => ({
  procedure: 66,
  body: noBody,
  read: (reader) => reader.list(20, () => reader.int()),
})
export const authByPolkit = (): Call<number> => ({ procedure: 70, body: noBody, read: (reader) => reader.int() })
export const open = (uri: string): Call<void> => ({
  procedure: 1,
  body: xdr().optionalString(uri).uint(0).bytes(),
  read: nothing,
})
export const hypervisorVersion = (): Call<number> => ({ procedure: 4, body: noBody, read: versionOf })
export const libraryVersion = (): Call<number> => ({ procedure: 157, body: noBody, read: versionOf })

export const listDomains = (filter: number): Call<DomainRef[]> => ({
  procedure: 273,
  body: listBody(filter),
  read: readList(readDomainRef),
})
/** Live XML of a running domain; the definition of one that is shut off. */
export const domainXml = (ref: DomainRef): Call<string> => ({
  procedure: 14,
  body: Buffer.concat([domainBody(ref).bytes(), flags(0)]),
  read: string,
})
/** virDomainState and its reason. */
export const domainState = (ref: DomainRef): Call<{ state: number; reason: number }> => ({
  procedure: 212,
  body: Buffer.concat([domainBody(ref).bytes(), flags(0)]),
  read: (reader) => ({ state: reader.int(), reason: reader.int() }),
})

export const listNetworks = (filter: number): Call<NamedRef[]> => ({
  procedure: 283,
  body: listBody(filter),
  read: readList(readNamed),
})
export const networkXml = (ref: NamedRef): Call<string> => ({
  procedure: 43,
  body: Buffer.concat([named(ref).bytes(), flags(0)]),
  read: string,
})

export const listPools = (filter: number): Call<NamedRef[]> => ({
  procedure: 281,
  body: listBody(filter),
  read: readList(readNamed),
})
export const poolXml = (ref: NamedRef): Call<string> => ({
  procedure: 88,
  body: Buffer.concat([named(ref).bytes(), flags(0)]),
  read: string,
})
export const poolInfo = (ref: NamedRef): Call<{ capacityBytes: number; availableBytes: number }> => ({
  procedure: 87,
  body: named(ref).bytes(),
  read: (reader) => {
    reader.uint()
    const capacityBytes = reader.hyper()
    reader.hyper()
    return { capacityBytes, availableBytes: reader.hyper() }
  },
})

/** virDomainEventID */
export const domainEvents = {
  lifecycle: 0,
  reboot: 1,
  deviceRemoved: 15,
  agentLifecycle: 18,
  deviceAdded: 19,
  metadataChange: 23,
} as const

/** Of all domains. */
export const watchDomains = (eventId: number): Call<number> => ({
  procedure: 316,
  body: xdr().int(eventId).uint(0).bytes(),
  read: (reader) => reader.int(),
})
/** Defined, undefined, started, stopped, of all networks. */
export const watchNetworks = (): Call<number> => ({
  procedure: 313,
  body: xdr().int(0).uint(0).bytes(),
  read: (reader) => reader.int(),
})
export const watchPools = (): Call<number> => ({
  procedure: 368,
  body: xdr().int(0).uint(0).bytes(),
  read: (reader) => reader.int(),
})

/** Procedure number of a pushed event → what it is, for people to read. */
export const eventNames: ReadonlyMap<number, string> = new Map([
  [315, 'network'],
  [318, 'lifecycle'],
  [319, 'reboot'],
  [333, 'device removed'],
  [348, 'agent'],
  [354, 'device added'],
  [370, 'storage pool'],
  [379, 'metadata'],
])

// virDomainEventType
const lifecycleWords = [
  'defined',
  'undefined',
  'started',
  'suspended',
  'resumed',
  'stopped',
  'shut down',
  'suspended by power management',
  'crashed',
]

/** The domain and what became of it, from the body of a lifecycle event (318). */
export function readLifecycle(reader: XdrReader): { domain: DomainRef; what: string } {
  reader.int()
  const ref = readDomainRef(reader)
  return { domain: ref, what: lifecycleWords[reader.int()] ?? 'changed' }
}
