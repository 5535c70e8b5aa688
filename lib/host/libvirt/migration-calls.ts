import { domainBody, readDomainRef, type DomainRef } from './calls.ts'
import type { Call } from './client.ts'
import { readTypedParams, writeTypedParams, type TypedParam } from './typed-params.ts'
import { XdrWriter, type XdrReader } from './wire.ts'

/**
 * Procedures of migration protocol 3 with extensible parameters (since libvirt 1.1), of the jobs it runs as, and of what is
 * asked beforehand; numbered as in libvirt's remote_protocol.x, see calls.ts.
 */

/** virDomainMigrateFlags */
export const migrateFlag = {
  live: 1 << 0,
  persistAtTarget: 1 << 3,
  undefineAtSource: 1 << 4,
  /** It stays paused at the target. */
  paused: 1 << 5,
  copyDisks: 1 << 6,
  /** Nobody else changes the domain between the steps. Of the source alone. */
  protect: 1 << 8,
  /** Of one that does not run: its definition alone. */
  offline: 1 << 10,
  /** Slows a guest down that writes faster than the network carries. Of the source alone. */
  autoConverge: 1 << 13,
} as const

/** What one side tells the other; only libvirt reads it. */
export type Cookie = Buffer

// REMOTE_MIGRATE_COOKIE_MAX
const maxCookieBytes = 4 * 1024 * 1024
const cookie = (writer: XdrWriter, bytes: Cookie): XdrWriter => writer.uint(bytes.length).opaque(bytes)
const readCookie = (reader: XdrReader): Cookie => {
  const length = reader.uint()
  return Buffer.from(reader.opaque(Math.min(length, maxCookieBytes)))
}
const nothing = (): void => {}

/** At the source: its XML for the target. */
export const beginMigration = (
  ref: DomainRef,
  params: readonly TypedParam[],
  flags: number,
): Call<{ cookie: Cookie; xml: string }> => ({
  procedure: 302,
  body: writeTypedParams(domainBody(ref), params).uint(flags).bytes(),
  read: (reader) => ({ cookie: readCookie(reader), xml: reader.string() }),
})
/** At the target: a QEMU that waits for it, and where. */
export const prepareMigration = (
  params: readonly TypedParam[],
  cookieIn: Cookie,
  flags: number,
): Call<{ cookie: Cookie; uri: string | null }> => ({
  procedure: 303,
  body: cookie(writeTypedParams(new XdrWriter(), params), cookieIn).uint(flags).bytes(),
  read: (reader) => ({ cookie: readCookie(reader), uri: reader.optionalString() }),
})
/** At the source: sends it. Answers when all is sent and the domain stands still, or has failed and runs on. */
export const performMigration = (
  ref: DomainRef,
  params: readonly TypedParam[],
  cookieIn: Cookie,
  flags: number,
): Call<Cookie> => ({
  procedure: 305,
  body: cookie(writeTypedParams(domainBody(ref).optionalString(null), params), cookieIn)
    .uint(flags)
    .bytes(),
  read: readCookie,
})
/** At the target: lets it run there, or throws it away. */
export const finishMigration = (
  params: readonly TypedParam[],
  cookieIn: Cookie,
  flags: number,
  cancelled: boolean,
): Call<{ ref: DomainRef; cookie: Cookie }> => ({
  procedure: 306,
  body: cookie(writeTypedParams(new XdrWriter(), params), cookieIn)
    .uint(flags)
    .int(cancelled ? 1 : 0)
    .bytes(),
  read: (reader) => ({ ref: readDomainRef(reader), cookie: readCookie(reader) }),
})
/** At the source: forgets it, or lets it run on. */
export const confirmMigration = (
  ref: DomainRef,
  params: readonly TypedParam[],
  cookieIn: Cookie,
  flags: number,
  cancelled: boolean,
): Call<void> => ({
  procedure: 307,
  body: cookie(writeTypedParams(domainBody(ref), params), cookieIn)
    .uint(flags)
    .int(cancelled ? 1 : 0)
    .bytes(),
  read: nothing,
})

/** virDomainGetJobStats: `completed` asks for that of the last job that ended. */
export const jobStats = (ref: DomainRef, completed: boolean): Call<Map<string, string | number>> => ({
  procedure: 298,
  body: domainBody(ref)
    .uint(completed ? 1 : 0)
    .bytes(),
  read: (reader) => {
    reader.int()
    return readTypedParams(reader)
  },
})
export const abortJob = (ref: DomainRef): Call<void> => ({
  procedure: 164,
  body: domainBody(ref).bytes(),
  read: nothing,
})

/** The host's own UUID and CPU, as XML. */
export const hostCapabilities = (): Call<string> => ({
  procedure: 7,
  body: Buffer.alloc(0),
  read: (reader) => reader.string(),
})
/** Fails when this host's QEMU has not that machine, or can't run that type. */
export const domainCapabilities = (architecture: string, machine: string, type: string): Call<string> => ({
  procedure: 342,
  body: new XdrWriter()
    .optionalString(null)
    .optionalString(architecture)
    .optionalString(machine)
    .optionalString(type)
    .uint(0)
    .bytes(),
  read: (reader) => reader.string(),
})
/** virCPUCompareResult of a `<cpu>` element: 0 incompatible, 1 identical, 2 this host has more. */
export const compareCpu = (architecture: string, machine: string, type: string, cpuXml: string): Call<number> => ({
  procedure: 393,
  body: new XdrWriter()
    .optionalString(null)
    .optionalString(architecture)
    .optionalString(machine)
    .optionalString(type)
    .string(cpuXml)
    .uint(0)
    .bytes(),
  read: (reader) => reader.int(),
})
/** Bytes that the disk takes, and that the guest sees. */
export const blockInfo = (ref: DomainRef, disk: string): Call<{ allocationBytes: number; capacityBytes: number }> => ({
  procedure: 194,
  body: domainBody(ref).string(disk).uint(0).bytes(),
  read: (reader) => ({ allocationBytes: reader.hyper(), capacityBytes: reader.hyper() }),
})

export interface VolumeRef {
  pool: string
  name: string
  key: string
}
export const findVolume = (path: string): Call<VolumeRef> => ({
  procedure: 97,
  body: new XdrWriter().string(path).bytes(),
  read: (reader) => ({ pool: reader.string(), name: reader.string(), key: reader.string() }),
})
export const deleteVolume = ({ pool, name, key }: VolumeRef): Call<void> => ({
  procedure: 94,
  body: new XdrWriter().string(pool).string(name).string(key).uint(0).bytes(),
  read: nothing,
})
