import { linesOf, sectionOf, valuesOf, type Answer } from './answer.ts'
import type { CpuFacts, MemoryFacts, NumaNode } from './facts.ts'
import { lineText, numberList, wholeNumber } from './text.ts'

/** `key : value` lines of /proc/cpuinfo's first processor and of /proc/meminfo. */
function colonValues(lines: readonly string[]): Map<string, string> {
  const values = new Map<string, string>()
  for (const line of lines) {
    const colon = line.indexOf(':')
    if (colon < 0) continue
    const key = line.slice(0, colon).trim()
    if (!values.has(key)) values.set(key, line.slice(colon + 1).trim())
  }
  return values
}

const kibibytes = (text: string | undefined): number | null => {
  const size = /^(\d{1,12}) kB$/.exec(text ?? '')?.[1]
  return size === undefined ? null : Number(size) * 1024
}

export function parseCpu(answer: Answer): CpuFacts {
  const info = colonValues(linesOf(sectionOf(answer, 'cpu')))
  const values = valuesOf(sectionOf(answer, 'values'))
  const online = numberList(values.get('/sys/devices/system/cpu/online') ?? '')
  const sockets = new Set<string>()
  const cores = new Set<string>()
  for (const cpu of online) {
    const topology = `/sys/devices/system/cpu/cpu${cpu}/topology`
    const socket = wholeNumber(values.get(`${topology}/physical_package_id`)?.trim())
    const core = wholeNumber(values.get(`${topology}/core_id`)?.trim())
    if (socket === null || core === null) continue
    sockets.add(String(socket))
    cores.add(`${socket}/${core}`)
  }
  const threads = Math.max(1, online.length)
  const coreCount = cores.size || threads
  const socketCount = sockets.size || 1
  const khz = wholeNumber(values.get('/sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq')?.trim())
  const flags = (info.get('flags') ?? info.get('Features') ?? '').split(/\s+/)
  return {
    model: lineText(info.get('model name') ?? '', 100),
    vendor: lineText(info.get('vendor_id') ?? '', 40),
    sockets: socketCount,
    coresPerSocket: Math.max(1, Math.round(coreCount / socketCount)),
    threadsPerCore: Math.max(1, Math.round(threads / coreCount)),
    threads,
    flags: flags.filter((flag) => /^[a-z0-9_]{1,32}$/.test(flag)).slice(0, 512),
    numa: parseNuma(values),
    maxMhz: khz === null || khz <= 0 ? null : Math.round(khz / 1000),
  }
}

function parseNuma(values: ReadonlyMap<string, string>): NumaNode[] {
  const nodes: NumaNode[] = []
  for (const [path, value] of values) {
    const id = /^\/sys\/devices\/system\/node\/node(\d{1,4})\/cpulist$/.exec(path)?.[1]
    if (id === undefined) continue
    const total = values.get(`/sys/devices/system/node/node${id}/meminfo`)
    nodes.push({
      id: Number(id),
      cpus: numberList(value),
      memoryBytes: kibibytes(/MemTotal:\s*(.*)$/.exec(total ?? '')?.[1]),
    })
  }
  return nodes.sort((a, b) => a.id - b.id)
}

export function parseMemory(answer: Answer): MemoryFacts {
  const info = colonValues(linesOf(sectionOf(answer, 'memory')))
  const values = valuesOf(sectionOf(answer, 'values'))
  const hugepages: MemoryFacts['hugepages'] = []
  for (const [path, total] of values) {
    const pages = /^(\/sys\/kernel\/mm\/hugepages\/hugepages-(\d{1,9})kB)\/nr_hugepages$/.exec(path)
    if (pages === null) continue
    hugepages.push({
      sizeBytes: Number(pages[2]) * 1024,
      total: wholeNumber(total.trim()) ?? 0,
      free: wholeNumber(values.get(`${pages[1]}/free_hugepages`)?.trim()) ?? 0,
    })
  }
  return {
    totalBytes: kibibytes(info.get('MemTotal')) ?? 0,
    availableBytes: kibibytes(info.get('MemAvailable')),
    swapTotalBytes: kibibytes(info.get('SwapTotal')) ?? 0,
    hugepages: hugepages.sort((a, b) => a.sizeBytes - b.sizeBytes),
  }
}
