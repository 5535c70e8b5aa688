/** libvirt's test driver: as many domains as one likes, none of which runs, by the same RPC. */
import { connectLibvirt } from '../../lib/host/libvirt/connect.ts'
import type { EventHandler, RpcClient } from '../../lib/host/libvirt/client.ts'
import type { Session } from '../../lib/ssh/session.ts'
import type { LabHost } from '../lab/host.ts'

const path = '/var/lib/libvirt/test-driver.xml'
const hex = (number: number, digits: number): string => number.toString(16).padStart(digits, '0')

/** As large as a usual VM's: a disk, a CD drive, two NICs, a console. All but every tenth run. */
const domain = (index: number): string => `<domain type='test' xmlns:test='http://libvirt.org/schemas/domain/test/1.0'>
  <name>vm-${index}</name><uuid>5d1f3c1e-0000-4000-8000-${hex(index, 12)}</uuid>
  <description>Number ${index}</description>
  <metadata><d:vm xmlns:d='https://drawbridge.dev/xmlns/vm/1'><d:tags><d:tag>t${index % 7}</d:tag></d:tags></d:vm></metadata>
  <memory unit='MiB'>1024</memory><vcpu>2</vcpu><os><type arch='x86_64'>hvm</type><boot dev='hd'/></os>
  <devices>
    <disk type='file' device='disk'><driver name='qemu' type='qcow2' cache='none' discard='unmap'/>
      <source file='/var/lib/libvirt/images/vm-${index}.qcow2'/><target dev='vda' bus='virtio'/></disk>
    <disk type='file' device='cdrom'><target dev='sda' bus='scsi'/><readonly/></disk>
    <interface type='bridge'><mac address='52:54:00:00:${hex(index >> 8, 2)}:${hex(index & 255, 2)}'/>
      <source bridge='br0'/><target dev='vnet${index * 2}'/><model type='virtio'/><driver queues='2'/></interface>
    <interface type='bridge'><mac address='52:54:01:00:${hex(index >> 8, 2)}:${hex(index & 255, 2)}'/>
      <source bridge='br1'/><target dev='vnet${index * 2 + 1}'/><model type='virtio'/></interface>
    <serial type='pty'/><graphics type='vnc' port='-1' autoport='yes'/>
  </devices>
  <test:runstate>${index % 10 === 0 ? 5 : 1}</test:runstate>
</domain>`

/** A connection to a driver of its own with so many domains; they are gone with it. */
export async function testDriver(
  host: LabHost,
  session: Session,
  count: number,
  onEvent?: EventHandler,
): Promise<RpcClient> {
  const text = `<node>${Array.from({ length: count }, (_, index) => domain(index)).join('\n')}</node>`
  await host.sh(`cat > ${path}`, { stdin: text })
  const connected = await connectLibvirt(session, onEvent, `test://${path}`)
  if (!connected.ok) throw new Error(connected.error.title)
  return connected.value
}
