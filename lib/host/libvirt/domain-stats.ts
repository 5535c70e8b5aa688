import { ok, type Result } from '../../kit/result.ts'
import { readDomainRef } from './calls.ts'
import type { Call, RpcClient } from './client.ts'
import type { LibvirtFailure } from './failure.ts'
import { WireError, XdrWriter, type XdrReader } from './wire.ts'

/** What a running domain uses, as libvirt counts it. */
export interface DomainStats {
  uuid: string
  /** Of all its vCPUs since it was started. */
  cpuTimeNs: number | null
  vcpus: number | null
  /** What the guest itself uses, when its balloon tells; else what QEMU holds of the host's memory. */
  memoryUsedBytes: number | null
}

const maxDomains = 16_384
const maxParams = 4096
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
      const { uuid } = readDomainRef(reader)
      return statsOf(uuid, readTypedParams(reader))
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

export function statsOf(uuid: string, params: ReadonlyMap<string, number | string>): DomainStats {
  const number = (name: string): number | null => {
    const value = params.get(name)
    return typeof value === 'number' ? value : null
  }
  return {
    uuid,
    cpuTimeNs: number('cpu.time'),
    vcpus: number('vcpu.current'),
    memoryUsedBytes: memoryUsed(number),
  }
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
