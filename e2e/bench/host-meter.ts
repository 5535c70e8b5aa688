/** What of a lab host's CPU a way of sampling takes. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startSampler } from '../../lib/host/sampler.ts'
import type { Session } from '../../lib/ssh/session.ts'
import type { LabHost } from '../lab/host.ts'
import type { Lab } from '../lab/lab.ts'
import { run, waitUntil } from '../lab/process.ts'
import { pause } from './measure.ts'

export const samples = 100
export const everyMs = 50
const idleMs = 3000

interface Spent {
  cpuMs: number
  wallMs: number
}

export class HostMeter {
  readonly #stat: string

  constructor(lab: Lab, host: LabHost) {
    this.#stat = join(lab.record.cgroup, `${host.name}.host`, 'cpu.stat')
  }

  /** All processes of the host, its sshd among them. */
  async #spent(work: () => Promise<void>): Promise<Spent> {
    const [from, begun] = [this.#cpuMs(), performance.now()]
    await work()
    return { cpuMs: this.#cpuMs() - from, wallMs: performance.now() - begun }
  }

  #cpuMs(): number {
    return Number(/^usage_usec (\d+)/.exec(readFileSync(this.#stat, 'utf8'))?.[1]) / 1000
  }

  async waitUntilQuiet(): Promise<void> {
    const quiet = async () => ((await this.#spent(() => pause(2000))).cpuMs < 20 ? true : null)
    await waitUntil('the host to be quiet', 120_000, quiet)
  }

  /** ms per sample. What the host does by itself meanwhile is nobody's: it is measured beside, and taken off. */
  async perSample(sample: () => Promise<unknown>, count = samples): Promise<number> {
    return this.perSampleOf(async () => {
      const begun = performance.now()
      for (let index = 0; index < count; index++) {
        await sample()
        await pause(Math.max(0, begun + (index + 1) * everyMs - performance.now()))
      }
      return count
    })
  }

  /** @param work returns how many samples it took @param prepare is not counted */
  async perSampleOf(work: () => Promise<number>, prepare: () => Promise<void> = async () => {}): Promise<number> {
    const idle = await this.#spent(() => pause(idleMs))
    await prepare()
    let count = 0
    const busy = await this.#spent(async () => {
      count = await work()
    })
    return (busy.cpuMs - (idle.cpuMs * busy.wallMs) / idle.wallMs) / count
  }
}

/** Our reader, running; each call takes one frame of it. */
export async function ourSampler(session: Session): Promise<() => Promise<void>> {
  let take: () => void = () => {}
  const started = await startSampler(session, () => take())
  if (!started.ok) throw new Error(started.error.title)
  const next = () =>
    new Promise<void>((resolve) => {
      take = resolve
      started.value.tick()
    })
  await next()
  return next
}

/** One GET of /metrics, all of it. Bytes. */
export const scrape = (host: LabHost, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    const asked = request({ host: host.address, port, path: '/metrics' }, (answer) => {
      let bytes = 0
      answer.on('data', (chunk: Buffer) => (bytes += chunk.length)).on('end', () => resolve(bytes))
    })
    asked.on('error', reject).end()
  })

/** Installs packages from this machine's own sources on a host that has none. False, and why, when they can't be had. */
export async function installPeers(host: LabHost, packages: readonly string[]): Promise<boolean> {
  const dir = mkdtempSync(join(tmpdir(), 'drawbridge-bench-'))
  try {
    const status = join(dir, 'status')
    execFileSync('sh', ['-c', 'cat > "$0"', status], { input: await host.sh('cat /var/lib/dpkg/status') })
    execFileSync('mkdir', ['-p', join(dir, 'partial')])
    const where = [`Dir::State::status=${status}`, `Dir::Cache::archives=${dir}`, 'Debug::NoLocking=1']
    const options = where.flatMap((option) => ['-o', option])
    const install = ['install', '--download-only', '--no-install-recommends', ...packages]
    const fetched = await run(['apt-get', '-qy', ...options, ...install])
    if (fetched.code !== 0) {
      console.error(`  the peers can't be had: ${fetched.stderr.trim().slice(-300)}`)
      return false
    }
    await host.sh(
      'mkdir -p /srv/peers; printf "#!/bin/sh\\nexit 101\\n" > /usr/sbin/policy-rc.d; chmod +x /usr/sbin/policy-rc.d',
    )
    for (const name of readdirSync(dir).filter((file) => file.endsWith('.deb')))
      await host.sh(`base64 -d > /srv/peers/${name}`, { stdin: readFileSync(join(dir, name)).toString('base64') })
    await host.sh('DEBIAN_FRONTEND=noninteractive dpkg -i /srv/peers/*.deb')
    return true
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

/** Starts an exporter on the host and waits for its first answer. */
export async function startExporter(host: LabHost, port: number, command: string): Promise<void> {
  await host.sh(`systemd-run -q ${command}`)
  const answers = () =>
    scrape(host, port).then(
      () => true,
      () => null,
    )
  await waitUntil(command, 30_000, answers)
}
