import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { run, script, waitUntil } from './process.ts'
import { labDir, type LabRecord } from './runtime.ts'
import type { LabHost } from './host.ts'

export type GuestSpec = {
  name?: string
  /** `kernel` starts the kernel directly; `disk` boots a qcow2 through its own boot loader, with a NoCloud seed beside it. */
  boot?: 'kernel' | 'disk'
  bridge?: string
  /** Of the host's libvirt, instead of a bridge; it gives the address, and only the host need reach it. */
  network?: string
  vcpus?: number
  queues?: number
  mtu?: number
  memoryMib?: number
  /** `kvm` only where the host has it. */
  type?: 'qemu' | 'kvm'
  machine?: 'q35' | 'pc'
  nicDriver?: 'qemu' | 'vhost'
  /** With QEMU's guest agent, and the channel to it. A guest that boots from its disk always has the agent itself. */
  agent?: boolean
  /** Free pcie-root-ports: so many devices can be plugged in while it runs. Default: the one that q35 has. */
  freeSlots?: number
  /** An empty CD drive, `sda` on SCSI. */
  drive?: boolean
}

export type LabGuest = { name: string; mac: string; address: string }

const IMAGES = '/var/lib/libvirt/images'
// TCG on a busy machine: 4 s when idle.
const BOOT_TIMEOUT_MS = 120_000

/** Defines and starts a guest with libvirt on the host, and waits until it has an address and answers pings. */
export async function bootGuest(lab: LabRecord, host: LabHost, spec: GuestSpec): Promise<LabGuest> {
  const name = spec.name ?? `guest${(await guestNames(host)).length + 1}`
  if (!/^[a-z0-9-]{1,30}$/.test(name)) throw new Error(`"${name}" can't name a lab guest`)
  const digest = createHash('md5').update(`${lab.id}/${host.name}/${name}`).digest('hex')
  const mac = `52:54:00:${digest.slice(0, 2)}:${digest.slice(2, 4)}:${digest.slice(4, 6)}`
  if (spec.boot === 'disk') {
    const images = `${IMAGES}/guest.qcow2 -F qcow2 ${IMAGES}/${name}.qcow2`
    await host.sh(`qemu-img create -q -f qcow2 -b ${images}`)
  }
  // Node's pipes are sockets, which can't be opened again by name; cat's is a pipe.
  await host.sh('cat | virsh -q -c qemu:///system define /dev/stdin', { stdin: guestXml(name, mac, spec) })
  await host.sh(`virsh -q -c qemu:///system start ${name}`)
  const { network } = spec
  const address = await waitUntil(`${name} on ${host.name} to get an address`, BOOT_TIMEOUT_MS, () =>
    network === undefined ? leaseOf(lab, mac) : networkLeaseOf(host, network, mac),
  )
  const ping = ['ping', '-c1', '-W1', '-q', address]
  await waitUntil(`${name} on ${host.name} to answer pings`, BOOT_TIMEOUT_MS, async () => {
    const answered = network === undefined ? await run(ping) : await host.exec(ping)
    return answered.code === 0 ? true : null
  })
  return { name, mac, address }
}

export async function guestNames(host: LabHost): Promise<string[]> {
  const listed = await host.sh('virsh -q -c qemu:///system list --all --name')
  return listed.split('\n').filter((line) => line !== '')
}

/** The address the switch's DHCP last gave to this MAC. */
export function leaseOf(lab: LabRecord, mac: string): string | null {
  const leases = readFileSync(join(labDir(lab.id), 'leases'), 'utf8').split('\n')
  return leases.map((line) => line.split(' ')).find((fields) => fields[1] === mac)?.[2] ?? null
}

/** The address that a network of the host's libvirt gave to this MAC. */
async function networkLeaseOf(host: LabHost, network: string, mac: string): Promise<string | null> {
  const listed = await host.exec(['virsh', '-q', '-c', 'qemu:///system', 'net-dhcp-leases', network, mac])
  return /ipv4 +([0-9.]+)\//.exec(listed.stdout)?.[1] ?? null
}

function guestXml(name: string, mac: string, spec: GuestSpec): string {
  const { boot = 'kernel', bridge = 'br0', vcpus = 1, queues = 1, mtu, memoryMib = 192, type = 'qemu' } = spec
  const cmdline = readFileSync(script('guest-cmdline'), 'utf8').trim()
  const log = `<log file='/var/log/libvirt/qemu/${name}-console.log' append='off'/>`
  return `<domain type='${type}'>
  <name>${name}</name>
  <memory unit='MiB'>${memoryMib}</memory>
  <vcpu>${vcpus}</vcpu>
  <os>
    <type arch='x86_64' machine='${spec.machine ?? 'q35'}'>hvm</type>
    ${
      boot === 'kernel'
        ? `<kernel>${IMAGES}/vmlinuz</kernel><initrd>${IMAGES}/${spec.agent === true ? 'initrd-agent' : 'initrd'}.img</initrd><cmdline>${cmdline}</cmdline>`
        : `<boot dev='hd'/>`
    }
  </os>
  <features><acpi/><apic/></features>
  ${type === 'kvm' ? `<cpu mode='host-passthrough'/>` : ''}
  <devices>
    ${
      boot === 'disk'
        ? `<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='${IMAGES}/${name}.qcow2'/><target dev='vda' bus='virtio'/></disk>
    <disk type='file' device='cdrom'><driver name='qemu' type='raw'/><source file='${IMAGES}/seed.iso'/><target dev='sda' bus='scsi'/><readonly/></disk>
    <controller type='scsi' model='virtio-scsi'/>`
        : ''
    }
    ${
      spec.freeSlots === undefined
        ? ''
        : `<controller type='pci' index='0' model='pcie-root'/>${`<controller type='pci' model='pcie-root-port'/>`.repeat(spec.freeSlots)}`
    }
    ${
      spec.drive === true
        ? `<disk type='file' device='cdrom'><driver name='qemu' type='raw'/><target dev='sda' bus='scsi'/><readonly/></disk><controller type='scsi' model='virtio-scsi'/>`
        : ''
    }
    <interface type='${spec.network === undefined ? 'bridge' : 'network'}'>
      <mac address='${mac}'/>
      <source ${spec.network === undefined ? `bridge='${bridge}'` : `network='${spec.network}'`}/>
      <model type='virtio'/>
      <driver name='${spec.nicDriver ?? 'qemu'}' queues='${queues}'/>
      ${mtu === undefined ? '' : `<mtu size='${mtu}'/>`}
    </interface>
    <serial type='pty'>${log}<target type='isa-serial' port='0'/></serial>
    <console type='pty'>${log}<target type='serial' port='0'/></console>
    ${spec.agent === true ? `<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>` : ''}
    <graphics type='vnc' port='-1' autoport='yes' listen='127.0.0.1'/>
    <video><model type='vga'/></video>
    <rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>
  </devices>
</domain>
`
}
