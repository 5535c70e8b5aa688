import type { NamedRef } from './calls.ts'
import type { Call } from './client.ts'
import { XdrWriter, type XdrReader } from './wire.ts'

/** Procedures for storage pools and volumes, numbered as in libvirt's remote_protocol.x; see calls.ts. */

export interface VolumeRef {
  /** The pool's name. */
  pool: string
  name: string
  /** Of files and block devices usually the path. */
  key: string
}

const maxVolumes = 16_384

const nothing = (): void => {}
const string = (reader: XdrReader): string => reader.string()
const named = ({ name, uuid }: NamedRef): XdrWriter => new XdrWriter().string(name).uuid(uuid)
const volume = ({ pool, name, key }: VolumeRef): XdrWriter => new XdrWriter().string(pool).string(name).string(key)
const readNamed = (reader: XdrReader): NamedRef => ({ name: reader.string(), uuid: reader.uuid() })
const readVolume = (reader: XdrReader): VolumeRef => ({
  pool: reader.string(),
  name: reader.string(),
  key: reader.string(),
})
const flagged = (procedure: number, ref: NamedRef, flags: number): Call<void> => ({
  procedure,
  body: named(ref).uint(flags).bytes(),
  read: nothing,
})
const plain = (procedure: number, ref: NamedRef): Call<void> => ({
  procedure,
  body: named(ref).bytes(),
  read: nothing,
})

/** The XML `<storagepoolCapabilities>`: which kinds of pools this daemon can do. */
export const poolCapabilities = (): Call<string> => ({
  procedure: 403,
  body: new XdrWriter().uint(0).bytes(),
  read: string,
})
/** The definition, which counts from the next start on; fails for a pool that has none. */
export const poolDefinitionXml = (ref: NamedRef): Call<string> => ({
  procedure: 88,
  // VIR_STORAGE_XML_INACTIVE
  body: named(ref).uint(1).bytes(),
  read: string,
})

/** virStoragePoolState */
export const poolStates = ['inactive', 'building', 'running', 'degraded', 'inaccessible'] as const

export interface WirePoolInfo {
  state: (typeof poolStates)[number]
  capacityBytes: number
  allocationBytes: number
  availableBytes: number
}
export const poolUse = (ref: NamedRef): Call<WirePoolInfo> => ({
  procedure: 87,
  body: named(ref).bytes(),
  read: (reader) => ({
    state: poolStates[reader.uint()] ?? 'inaccessible',
    capacityBytes: reader.hyper(),
    allocationBytes: reader.hyper(),
    availableBytes: reader.hyper(),
  }),
})
export const definePool = (xml: string): Call<NamedRef> => ({
  procedure: 77,
  body: new XdrWriter().string(xml).uint(0).bytes(),
  read: readNamed,
})
/** Makes what lies beneath: of a directory the directory itself, which stays as it is when it is there. */
export const buildPool = (ref: NamedRef): Call<void> => flagged(79, ref, 0)
export const startPool = (ref: NamedRef): Call<void> => flagged(78, ref, 0)
/** Stops it: nothing of what it holds goes away, an NFS share is unmounted. */
export const stopPool = (ref: NamedRef): Call<void> => plain(80, ref)
export const undefinePool = (ref: NamedRef): Call<void> => plain(82, ref)
/** Looks at what is in it again. */
export const refreshPool = (ref: NamedRef): Call<void> => flagged(83, ref, 0)
export const setPoolAutostart = (ref: NamedRef, autostart: boolean): Call<void> => ({
  procedure: 90,
  body: named(ref)
    .int(autostart ? 1 : 0)
    .bytes(),
  read: nothing,
})
export const poolIsPersistent = (ref: NamedRef): Call<boolean> => ({
  procedure: 155,
  body: named(ref).bytes(),
  read: (reader) => reader.int() !== 0,
})

/** Of a pool that runs. */
export const listVolumes = (ref: NamedRef): Call<VolumeRef[]> => ({
  procedure: 282,
  body: named(ref).int(1).uint(0).bytes(),
  read: (reader) => reader.list(maxVolumes, readVolume),
})
/** As it is at this moment: libvirt looks at the file again. */
export const volumeXml = (ref: VolumeRef): Call<string> => ({
  procedure: 99,
  body: volume(ref).uint(0).bytes(),
  read: string,
})
/** Fails with virErrorNumber 50 when there is none. */
export const lookUpVolume = (pool: NamedRef, name: string): Call<VolumeRef> => ({
  procedure: 95,
  body: named(pool).string(name).bytes(),
  read: readVolume,
})
/** In whichever pool that runs; fails with virErrorNumber 50 when the path is in none. */
export const lookUpVolumeByPath = (path: string): Call<VolumeRef> => ({
  procedure: 97,
  body: new XdrWriter().string(path).bytes(),
  read: readVolume,
})
/** Refused by libvirt when the name is taken. */
export const createVolume = (pool: NamedRef, xml: string): Call<VolumeRef> => ({
  procedure: 93,
  body: named(pool).string(xml).uint(0).bytes(),
  read: readVolume,
})
/** With the content of another volume, converted to the format that the XML names. It answers when all is copied. */
export const createVolumeFrom = (pool: NamedRef, xml: string, from: VolumeRef): Call<VolumeRef> => ({
  procedure: 125,
  body: Buffer.concat([named(pool).string(xml).bytes(), volume(from).uint(0).bytes()]),
  read: readVolume,
})
export const deleteVolume = (ref: VolumeRef): Call<void> => ({
  procedure: 94,
  body: volume(ref).uint(0).bytes(),
  read: nothing,
})
/** Never smaller: that would need a flag of its own, which is never given. */
export const resizeVolume = (ref: VolumeRef, capacityBytes: number): Call<void> => ({
  procedure: 260,
  body: volume(ref).hyper(capacityBytes).uint(0).bytes(),
  read: nothing,
})
