import { expect, test } from 'vitest'
import { cloneXml } from './clone-xml.ts'
import { metadataNamespace } from './domain.ts'

const xml = `<domain type='kvm' id='7'>
  <name>web1</name>
  <uuid>11111111-1111-1111-1111-111111111111</uuid>
  <genid>22222222-2222-2222-2222-222222222222</genid>
  <metadata><drawbridge:vm xmlns:drawbridge="${metadataNamespace}"><drawbridge:vlans><drawbridge:vlan mac="52:54:00:00:00:01"><drawbridge:tag id="7"/></drawbridge:vlan></drawbridge:vlans></drawbridge:vm></metadata>
  <os firmware='efi'><type arch='x86_64'>hvm</type><nvram>/var/lib/libvirt/qemu/nvram/web1_VARS.fd</nvram></os>
  <devices>
    <emulator>/usr/bin/my-own-qemu</emulator>
    <disk type='file' device='disk'><driver name='qemu' type='raw' cache='none'/><source file='/i/web1.img' index='1'/><target dev='vda' bus='virtio'/></disk>
    <disk type='file' device='cdrom'><source file='/i/install.iso'/><target dev='sda' bus='sata'/></disk>
    <interface type='bridge'><mac address='52:54:00:00:00:01'/><source bridge='br0'/><target dev='vnet3'/><link state='down'/></interface>
    <serial type='pty'><source path='/dev/pts/3'/><log file='/var/log/libvirt/qemu/web1-serial0.log' append='on'/></serial>
    <channel type='unix'><source mode='bind' path='/run/web1'/><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
    <graphics type='vnc' port='5901' autoport='no'><listen type='address' address='127.0.0.1'/></graphics>
  </devices>
</domain>`

test('what must be its own is made so, all else stays', () => {
  const cloned = cloneXml(xml, {
    name: 'web2',
    uuid: '33333333-3333-3333-3333-333333333333',
    macs: new Map([['52:54:00:00:00:01', '52:54:00:00:00:99']]),
    disks: new Map([['vda', { path: '/i/web2-vda.qcow2', kind: 'file', format: 'qcow2' }]]),
  })
  const text = cloned.ok ? cloned.value : cloned.error
  for (const gone of ['web1', '1111', 'genid', '00:00:00:01', 'vnet3', '/dev/pts', '5901', " id='7'", '<source mode'])
    expect(text).not.toContain(gone)
  for (const kept of [
    'my-own-qemu',
    '/i/install.iso',
    'cache="none"',
    '<link state="down"/>',
    '/i/web2-vda.qcow2',
    'type="qcow2"',
    'web2-serial0.log',
    '/var/lib/libvirt/qemu/nvram/web2_VARS.fd',
  ])
    expect(text).toContain(kept)
  expect(text.match(/52:54:00:00:00:99/g)).toHaveLength(2)
})
