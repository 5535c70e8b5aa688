/** Budget 1: what a sample costs the host, against the ways others take. */
import type { Session } from '../../lib/ssh/session.ts'
import { labSession } from '../harness/lab-session.ts'
import { openLab } from '../lab/lab.ts'
import { everyMs, HostMeter, installPeers, ourSampler, samples, scrape, startExporter } from './host-meter.ts'
import { interleaved, pause, type Ratio } from './measure.ts'

const links = 100
const rounds = 5
const exporterPort = 9100
const netdevOnlyPort = 9101

export async function hostCpu(): Promise<Ratio[]> {
  await using lab = await openLab({ say: console.error })
  const host = await lab.addHost({ name: 'measured' })
  // It has lo and two NICs. Taps, as of guests that are off.
  for (let tap = 0; tap < links - 3; tap++)
    await host.sh(`ip tuntap add vnet${tap} mode tap && ip link set vnet${tap} up`)
  await using session = await labSession(host)
  const meter = new HostMeter(lab, host)
  const frame = await ourSampler(session.value)
  const all: Record<string, () => Promise<number>> = {
    ours: () => meter.perSample(frame),
    'exec ip -s -j link': () => meter.perSample(() => session.value.exec(['ip', '-s', '-j', 'link'])),
  }
  if (await installPeers(host, ['prometheus-node-exporter', 'cockpit-bridge'])) {
    const netdevOnly = '--collector.disable-defaults --collector.netdev'
    await startExporter(host, exporterPort, `prometheus-node-exporter --web.listen-address=:${exporterPort}`)
    await startExporter(
      host,
      netdevOnlyPort,
      `prometheus-node-exporter --web.listen-address=:${netdevOnlyPort} ${netdevOnly}`,
    )
    all['node_exporter, netdev alone'] = () => meter.perSample(() => scrape(host, netdevOnlyPort))
    all['node_exporter'] = () => meter.perSample(() => scrape(host, exporterPort), samples / 5)
    all['cockpit-bridge, 2 metrics'] = async () => {
      let stop = () => {}
      const cost = await meter.perSampleOf(
        async () => {
          await pause(samples * everyMs)
          return samples
        },
        async () => {
          stop = await startBridge(session.value)
        },
      )
      stop()
      return cost
    }
  }
  await meter.waitUntilQuiet()
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
