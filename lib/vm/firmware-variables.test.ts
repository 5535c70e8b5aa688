import { describe, expect, test } from 'vitest'
import { cloneXml } from './clone-xml.ts'
import { variablesFile } from './firmware-variables.ts'

const usual = '/var/lib/libvirt/qemu/nvram'
const vm = (os: string) => `<domain type='kvm'><name>web1</name><uuid>1</uuid>${os}<devices/></domain>`
const clone = (xml: string) => {
  const cloned = cloneXml(xml, { name: 'web2', uuid: '2', macs: new Map(), disks: new Map() })
  return cloned.ok ? cloned.value : cloned.error
}

describe.each([
  ['BIOS', '<os><type>hvm</type></os>', null, null],
  [
    'a name left to libvirt',
    "<os firmware='efi'><type>hvm</type></os>",
    `${usual}/web1_VARS.fd`,
    `${usual}/web2_VARS.fd`,
  ],
  [
    'a file of the usual name',
    `<os firmware='efi'><nvram template='/t.fd'>${usual}/web1_VARS.fd</nvram></os>`,
    `${usual}/web1_VARS.fd`,
    `${usual}/web2_VARS.fd`,
  ],
  [
    'another file',
    "<os><nvram format='qcow2'>/srv/a.b/old.qcow2</nvram></os>",
    '/srv/a.b/old.qcow2',
    '/srv/a.b/web2_VARS.qcow2',
  ],
  ['a source', "<os><nvram type='file'><source file='/srv/old'/></nvram></os>", '/srv/old', '/srv/web2_VARS.fd'],
  [
    'only a template',
    "<os firmware='efi'><nvram template='/t.fd'/></os>",
    `${usual}/web1_VARS.fd`,
    `${usual}/web2_VARS.fd`,
  ],
  ['no state', "<os firmware='efi'><loader stateless='yes'/></os>", null, null],
  ['a path that is none', '<os><nvram>web1.fd</nvram></os>', null, null],
  ['the network', "<os><nvram type='network'><source protocol='iscsi' name='x'/></nvram></os>", null, null],
])('%s', (_, os, own, ofClone) => {
  test('the file, and that of a clone', () => {
    expect(variablesFile(vm(os))).toEqual({ ok: true, value: own })
    expect(variablesFile(clone(vm(os)))).toEqual({ ok: true, value: ofClone })
  })
})
