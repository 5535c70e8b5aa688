/** Budget 1: what a sample costs the host, against the ways others take. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startSampler } from '../../lib/host/sampler.ts'
import type { Session } from '../../lib/ssh/session.ts'
import { labSession } from '../harness/lab-session.ts'
import type { LabHost } from '../lab/host.ts'
import { openLab, type Lab } from '../lab/lab.ts'
import { run, waitUntil } from '../lab/process.ts'
import { interleaved, pause, type Ratio } from './measure.ts'

const links = 100
const samples = 100
const everyMs = 50
const idleMs = 3000
const rounds = 3
const exporterPort = 9100
const netdevOnlyPort = 9101

export async function hostCpu(): Promise<Ratio[]> {
  await using lab = await openLab({ say: console.error })
  const host = await lab.addHost({ name: 'measured' })
  // It has lo and two NICs. Taps, as of guests that are off.
  for (let tap = 0; tap < links - 3; tap++)
    await host.sh(`ip tuntap add vnet${tap} mode tap && ip link set vnet${tap} up`)
  const hasPeers = await installPeers(host)
  await using session = await labSession(host)
  const cpuMs = () => Number(/^usage_usec (\d+)/.exec(readFileSync(statOf(lab, host), 'utf8'))?.[1]) / 1000
  const spent = async (work: () => Promise<void>): Promise<{ cpu: number; wall: number }> => {
    const [from, begun] = [cpuMs(), performance.now()]
    await work()
    return { cpu: cpuMs() - from, wall: performance.now() - begun }
  }
  // What the host does by itself meanwhile is nobody's: measured beside each of them.
  const perSample =
    (sample: () => Promise<unknown>, count = samples) =>
    async () => {
      const idle = await spent(() => pause(idleMs))
      const busy = await spent(() => paced(sample, count))
      return (busy.cpu - (idle.cpu * busy.wall) / idle.wall) / count
    }

  const frame = await ourSampler(session.value)
  const all: Record<string, () => Promise<number>> = {
    ours: perSample(frame),
    'exec ip -s -j link': perSample(() => session.value.exec(['ip', '-s', '-j', 'link'])),
  }
  if (hasPeers) {
    all['node_exporter, netdev alone'] = perSample(() => scrape(host, netdevOnlyPort))
    all['node_exporter'] = perSample(() => scrape(host, exporterPort), samples / 5)
    all['cockpit-bridge, 2 metrics'] = async () => {
      const idle = await spent(() => pause(idleMs))
      const stop = await startBridge(session.value)
      const busy = await spent(() => pause(samples * everyMs))
      stop()
      return (busy.cpu - (idle.cpu * busy.wall) / idle.wall) / (busy.wall / everyMs)
    }
  }
  await waitUntil('the host to be quiet', 60_000, async () => ((await spent(() => pause(2000))).cpu < 20 ? true : null))
  const cost = await interleaved(all, rounds)
  const ours = cost['ours'] ?? Number.NaN
  const against = (peer: string, atMost: number): Ratio[] =>
    cost[peer] === undefined
      ? []
      : [
          {
            budget: '1',
            what: `host CPU per sample, ${links} links, against ${peer}`,
            ours: `${ours.toFixed(2)} ms`,
            peer: `${cost[peer].toFixed(2)} ms`,
            ratio: ours / cost[peer],
            atMost,
          },
        ]
  return [
    ...against('exec ip -s -j link', 1 / 8),
    ...against('node_exporter, netdev alone', 1 / 10),
    ...against('node_exporter', 1 / 10),
    ...against('cockpit-bridge, 2 metrics', 1.3),
  ]
}

const statOf = (lab: Lab, host: LabHost): string => join(lab.record.cgroup, `${host.name}.host`, 'cpu.stat')

async function paced(sample: () => Promise<unknown>, count: number): Promise<void> {
  const begun = performance.now()
  for (let index = 0; index < count; index++) {
    await sample()
    await pause(Math.max(0, begun + (index + 1) * everyMs - performance.now()))
  }
}

async function ourSampler(session: Session): Promise<() => Promise<void>> {
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

const scrape = (host: LabHost, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    const asked = request({ host: host.address, port, path: '/metrics' }, (answer) => {
      let bytes = 0
      answer.on('data', (chunk: Buffer) => (bytes += chunk.length)).on('end', () => resolve(bytes))
    })
    asked.on('error', reject).end()
  })

/** The bridge samples by itself, at the interval it is told; resolves after its first, with what ends it. */
async function startBridge(session: Session): Promise<() => void> {
  const opened = await session.open(['cockpit-bridge'])
  if (!opened.ok) throw new Error(opened.error.title)
  const { stream } = opened.value
  const send = (channel: string, payload: unknown) => {
    const message = `${channel}\n${JSON.stringify(payload)}`
    stream.write(`${Buffer.byteLength(message)}\n${message}`)
  }
  const metrics = ['network.interface.rx', 'network.interface.tx'].map((name) => ({ name, derive: 'rate' }))
  await new Promise<void>((resolve, reject) => {
    stream.on('data', (chunk: Buffer) => {
      if (chunk.includes('\nm\n[[')) resolve()
    })
    stream.resume()
    void opened.value.ended.then(() => reject(new Error(`cockpit-bridge ended: ${opened.value.stderrTail()}`)))
    send('', { command: 'init', version: 1, host: 'localhost' })
    send('', { command: 'open', channel: 'm', payload: 'metrics1', source: 'internal', interval: everyMs, metrics })
  })
  return () => opened.value.close()
}

/** From this machine's own package sources, for what the host lacks. False when they can't be had. */
async function installPeers(host: LabHost): Promise<boolean> {
  const dir = mkdtempSync(join(tmpdir(), 'drawbridge-bench-'))
  try {
    const status = join(dir, 'status')
    execFileSync('sh', ['-c', 'cat > "$0"', status], { input: await host.sh('cat /var/lib/dpkg/status') })
    execFileSync('mkdir', ['-p', join(dir, 'partial')])
    const fetched = await run([
      'apt-get',
      '-qy',
      '-o',
      `Dir::State::status=${status}`,
      '-o',
      `Dir::Cache::archives=${dir}`,
      '-o',
      'Debug::NoLocking=1',
      'install',
      '--download-only',
      '--no-install-recommends',
      'prometheus-node-exporter',
      'cockpit-bridge',
    ])
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
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
  const exporter = 'systemd-run -q prometheus-node-exporter'
  await host.sh(`${exporter} --web.listen-address=:${exporterPort}`)
  await host.sh(`${exporter} --web.listen-address=:${netdevOnlyPort} --collector.disable-defaults --collector.netdev`)
  await waitUntil('the exporters', 20_000, () =>
    scrape(host, netdevOnlyPort).then(
      () => true,
      () => null,
    ),
  )
  await waitUntil('the exporters', 20_000, () =>
    scrape(host, exporterPort).then(
      () => true,
      () => null,
    ),
  )
  return true
}
