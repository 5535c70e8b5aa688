/** Budget 2: the figures of 50 VMs' NICs, against an exporter that asks libvirt for them. */
import { labSession } from '../harness/lab-session.ts'
import { openLab } from '../lab/lab.ts'
import { HostMeter, installPeers, ourSampler, samples, scrape, startExporter } from './host-meter.ts'
import { interleaved, type Ratio } from './measure.ts'

const vms = 50
const rounds = 5
const port = 9177

// Never run, so that all of the host's CPU is the sampling.
const xmlOf = (vm: number): string => `<domain type='qemu'><name>still${vm}</name><memory unit='MiB'>16</memory>
  <os><type arch='x86_64' machine='pc'>hvm</type></os>
  <devices><interface type='bridge'><source bridge='br0'/><model type='virtio'/><driver name='qemu'/></interface></devices></domain>`

export async function vmCpu(): Promise<Ratio[]> {
  await using lab = await openLab({ say: console.error })
  const host = await lab.addHost({ name: 'vms', bridge: true })
  for (let vm = 0; vm < vms; vm++) {
    await host.sh('cat | virsh -q define /dev/stdin', { stdin: xmlOf(vm) })
    await host.sh(`virsh -q start --paused still${vm}`)
  }
  await using session = await labSession(host)
  const meter = new HostMeter(lab, host)
  if (!(await installPeers(host, ['prometheus-libvirt-exporter']))) return []
  await startExporter(host, port, `prometheus-libvirt-exporter --web.listen-address=:${port}`)
  const answer = await scrape(host, port)
  if (answer < vms * 400) throw new Error(`The exporter's answer of ${answer} bytes can't be of ${vms} VMs.`)
  const frame = await ourSampler(session.value)
  await meter.waitUntilQuiet()
  const { ours, theirs } = await interleaved(
    {
      ours: () => meter.perSample(frame),
      theirs: () => meter.perSample(() => scrape(host, port), samples / 5),
    },
    rounds,
  )
  return [
    {
      budget: '2',
      what: `host CPU per sample, NICs of ${vms} VMs, against libvirt_exporter`,
      ours: `${ours.toFixed(2)} ms`,
      peer: `${theirs.toFixed(2)} ms`,
      ratio: ours / theirs,
      atMost: 1 / 30,
    },
  ]
}
