import { spawn, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { labDir, labName, type LabRecord } from './runtime.ts'
import { script, startDetached } from './process.ts'

const MAX_PPS = 150_000
const MAX_SECONDS = 86_400

export type SourceSpec = {
  /** `udp` goes to port 9, `icmp` is echo requests (an answer comes back for each), `frame` is Ethernet to any MAC. */
  kind?: 'udp' | 'icmp'
  /** An IPv4 address, or `{ mac }` for raw frames. */
  to: string | { mac: string }
  pps: number
  seconds: number
  /** Payload, without headers. */
  bytes?: number
  /** Let the rate swing around `pps` instead of holding it. */
  wave?: boolean
}
export type SourceCount = { sent: number; failed: number; elapsedMs: number }

/** A paced sender on the lab's switch. It always ends: after its seconds, when stopped, or with the lab. */
export class Source {
  readonly done: Promise<SourceCount>
  readonly #child: ChildProcess

  constructor(lab: LabRecord, spec: SourceSpec) {
    const [file, ...args] = sourceArgv(lab, spec)
    const child = spawn(file ?? '', args, { stdio: ['ignore', 'pipe', 'pipe'] })
    this.#child = child
    this.done = new Promise((resolve, reject) => {
      let out = ''
      let err = ''
      child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
      child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
      child.on('error', reject)
      child.on('close', () => {
        if (out === '') reject(new Error(`the packet source did not finish: ${err || 'it was killed'}`))
        else resolve(JSON.parse(out) as SourceCount)
      })
    })
    // Who never asks for the count must not be brought down by its absence.
    this.done.catch(() => {})
  }

  stop(): Promise<SourceCount> {
    this.#child.kill('SIGTERM')
    return this.done
  }
}

/** Starts a source that outlives this process; it ends with the lab, or after a day. */
export function startTraffic(lab: LabRecord, to: string, pps: number): void {
  const spec: SourceSpec = { kind: 'icmp', to, pps, seconds: MAX_SECONDS, wave: true }
  startDetached(sourceArgv(lab, spec), join(labDir(lab.id), 'traffic.log'))
}

function sourceArgv(lab: LabRecord, spec: SourceSpec): string[] {
  const { kind = 'udp', to, pps, seconds, bytes = 18, wave = false } = spec
  if (!(pps > 0 && pps <= MAX_PPS)) throw new Error(`a source can send 1 to ${MAX_PPS} packets/s, not ${pps}`)
  if (!(seconds > 0 && seconds <= MAX_SECONDS)) throw new Error(`a source lasts 1 to ${MAX_SECONDS} s, not ${seconds}`)
  const numbers = [pps, seconds, bytes, wave ? 1 : 0].map(String)
  const what = typeof to === 'string' ? [kind, to, ...numbers] : ['frame', to.mac, ...numbers, 'lan']
  const inside = ['ip', 'netns', 'exec', labName(lab.id), script('source.pl'), ...what]
  return [script('in-cgroup.sh'), join(lab.cgroup, 'sources'), ...inside]
}
