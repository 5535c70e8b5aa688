import { ok, type Result } from '../../kit/result.ts'
import { type DomainRef, domainBody, readDomainRef } from './calls.ts'
import type { Call, RpcClient } from './client.ts'
import type { LibvirtFailure } from './failure.ts'
import { WireError, XdrWriter, type XdrReader } from './wire.ts'

/** What a running domain uses, as libvirt counts it. */
export interface DomainStats {
  ref: DomainRef
  /** QEMU was asked and answered. Else somebody waits for it already: for a moment, or because it hangs. */
  answered: boolean
  /** Of all its vCPUs since it was started. */
  cpuTimeNs: number | null
  vcpus: number | null
  /** What the guest itself uses, when its balloon tells; else what QEMU holds of the host's memory. */
  memoryUsedBytes: number | null
}

type Params = ReadonlyMap<string, number | string>

const maxDomains = 16_384
const maxParams = 4096
const maxDisks = 1024
// VIR_DOMAIN_STATS_STATE, CPU_TOTAL, BALLOON, VCPU
const groups = 1 | 2 | 4 | 8
// VIR_CONNECT_GET_ALL_DOMAINS_STATS_ACTIVE and _NOWAIT
const flags = 1 | (1 << 29)
const kibibyte = 1024

/** virDomainState and its reason of all domains in one answer; it asks no QEMU. */
export const allStates = (): Call<Map<string, { state: number; reason: number }>> => ({
  procedure: 344,
  // VIR_DOMAIN_STATS_STATE
  body: new XdrWriter().uint(0).uint(1).uint(0).bytes(),
  read: (reader) =>
    new Map(
      reader
        .list(maxDomains, () => ({ uuid: readDomainRef(reader).uuid, params: readTypedParams(reader) }))
        .flatMap(({ uuid, params }) => {
          const [state, reason] = [params.get('state.state'), params.get('state.reason')]
          return typeof state === 'number' ? [[uuid, { state, reason: Number(reason ?? 0) }] as const] : []
        }),
    ),
})

/** Of all domains that run. One that hangs holds the answer up forever the first time, and is left out the next. */
const allStats = (): Call<DomainStats[]> => ({
  procedure: 344,
  body: new XdrWriter().uint(0).uint(groups).uint(flags).bytes(),
  read: (reader) =>
    reader.list(maxDomains, () => {
      const ref = readDomainRef(reader)
      return statsOf(ref, readTypedParams(reader))
    }),
})

export function readTypedParams(reader: XdrReader): Map<string, number | string> {
  const params = new Map<string, number | string>()
  reader.list(maxParams, () => params.set(reader.string(), readValue(reader)))
  return params
}

/** virTypedParameterType */
function readValue(reader: XdrReader): number | string {
  const type = reader.int()
  switch (type) {
    case 1:
    case 6:
      return reader.int()
    case 2:
      return reader.uint()
    case 3:
    case 4:
      return reader.hyper()
    case 5:
      return reader.opaque(8).readDoubleBE()
    case 7:
      return reader.string()
    default:
      throw new WireError(`a parameter of type ${type}`)
  }
}

function statsOf(ref: DomainRef, params: Params): DomainStats {
  const number = numberIn(params)
  return {
    ref,
    // libvirt reads it only with QEMU's monitor in hand, whatever balloon there is.
    answered: params.has('balloon.rss'),
    cpuTimeNs: number('cpu.time'),
    vcpus: number('vcpu.current'),
    memoryUsedBytes: memoryUsed(number),
  }
}

const numberIn =
  (params: Params) =>
  (name: string): number | null => {
    const value = params.get(name)
    return typeof value === 'number' ? value : null
  }

function memoryUsed(number: (name: string) => number | null): number | null {
  const available = number('balloon.available')
  const free = number('balloon.usable') ?? number('balloon.unused')
  const told = (number('balloon.last-update') ?? 0) > 0
  if (told && available !== null && free !== null) return Math.max(0, available - free) * kibibyte
  const held = number('balloon.rss')
  return held === null ? null : held * kibibyte
}

export async function readDomainStats(
  client: RpcClient,
  timeoutMs: number,
): Promise<Result<DomainStats[], LibvirtFailure>> {
  const read = await client.call(allStats(), { timeoutMs })
  return read.ok ? ok(read.value) : read
}

/** What a disk holds, and what it takes on the host; null where libvirt does not say. */
export interface DiskSize {
  target: string
  path: string | null
  capacityBytes: number | null
  allocationBytes: number | null
}

/** Of all domains, also of those that are off; one whose QEMU does not answer has targets and no sizes. */
const allDiskSizes = (): Call<{ uuid: string; disks: DiskSize[] }[]> => ({
  procedure: 344,
  // VIR_DOMAIN_STATS_BLOCK, VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT
  body: new XdrWriter()
    .uint(0)
    .uint(32)
    .uint(1 << 29)
    .bytes(),
  read: (reader) =>
    reader.list(maxDomains, () => {
      const { uuid } = readDomainRef(reader)
      return { uuid, disks: sizesIn(readTypedParams(reader)) }
    }),
})

function sizesIn(params: Params): DiskSize[] {
  const number = numberIn(params)
  const text = (name: string): string | null => {
    const value = params.get(name)
    return typeof value === 'string' ? value : null
  }
  return Array.from({ length: Math.min(number('block.count') ?? 0, maxDisks) }, (_, index) => {
    const of = (name: string): string => `block.${index}.${name}`
    // QEMU's "physical" is what the file takes, and its "allocation" the highest sector written since the start. Of a
    // VM that is off libvirt looks itself: there "allocation" is what the file takes, and "physical" how long it is.
    const byQemu = params.has(of('rd.reqs'))
    return {
      target: text(of('name')) ?? '',
      path: text(of('path')),
      capacityBytes: number(of('capacity')),
      allocationBytes: number(of(byQemu ? 'physical' : 'allocation')),
    }
  })
}

export const readDiskSizes = (
  client: RpcClient,
  timeoutMs: number,
): Promise<Result<{ uuid: string; disks: DiskSize[] }[], LibvirtFailure>> => client.call(allDiskSizes(), { timeoutMs })

/** virDomainControlState: `occupied` is a command that QEMU has not answered for so long. It asks no QEMU. */
interface ControlInfo {
  state: 'ok' | 'job' | 'occupied' | 'error'
  forMs: number
}
const controlStates = ['ok', 'job', 'occupied', 'error'] as const

export const controlInfo = (ref: DomainRef): Call<ControlInfo> => ({
  procedure: 229,
  body: domainBody(ref).uint(0).bytes(),
  read: (reader) => {
    const state = controlStates[reader.uint()] ?? 'ok'
    reader.uint()
    return { state, forMs: reader.hyper() }
  },
})
