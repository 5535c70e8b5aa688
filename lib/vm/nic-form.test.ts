import { expect, test } from 'vitest'
import type { VmNic } from '../contract/vms.ts'
import { formOfNic, newNicForm, nicDifferences, nicEdit, nicFieldOf, nicOfForm } from './nic-form.ts'

const nic: VmNic = {
  mac: '52:54:00:00:00:01',
  sourceKind: 'bridge',
  source: 'br0',
  mode: null,
  portGroup: null,
  model: 'virtio',
  tap: 'vnet0',
  queues: 2,
  rxRing: null,
  txRing: 512,
  mtu: null,
  linkUp: true,
  filter: null,
  isolated: false,
  inbound: { averageKBps: 1000, peakKBps: null, burstKB: null },
  outbound: null,
  vlan: { trunk: true, tags: [10, 20], native: 10 },
  bootOrder: null,
  alias: null,
}

test('a NIC survives its form', () => {
  const { nic: read, errors } = nicOfForm(formOfNic(nic))
  expect(errors).toEqual([])
  expect(read).toEqual({
    source: { kind: 'bridge', bridge: 'br0' },
    model: 'virtio',
    mac: nic.mac,
    vlan: nic.vlan,
    queues: 2,
    rxRing: null,
    txRing: 512,
    mtu: null,
    linkUp: true,
    inbound: nic.inbound,
    outbound: null,
    filter: null,
    isolated: false,
  })
})

test('an edit holds only what was changed', () => {
  const before = formOfNic(nic)
  expect(nicEdit(before, before).edit).toEqual({})
  expect(nicEdit(before, { ...before, queues: '4', inboundAverage: '' }).edit).toEqual({ queues: 4, inbound: null })
  expect(nicEdit(before, { ...before, sourceKind: 'network', network: 'default' }).edit).toEqual({
    source: { kind: 'network', network: 'default', portGroup: null },
  })
  // An emptied MAC is no wish for another one.
  expect(nicEdit(before, { ...before, mac: '' }).edit).toEqual({})
})

test('what can’t be read is named by its field', () => {
  const form = newNicForm(4, '', '52-54-00-00-00-zz')
  const wrong = {
    ...form,
    vlanKind: 'trunk',
    vlanTags: '10 x',
    mtu: '9k',
    outboundPeak: '5',
    queues: '-1',
  } as const
  expect(nicOfForm(wrong).errors).toEqual([
    { field: 'mac', code: 'formMac' },
    { field: 'bridge', code: 'needed' },
    { field: 'vlanTags', code: 'formTags' },
    { field: 'queues', code: 'formNumber' },
    { field: 'mtu', code: 'formNumber' },
    { field: 'outboundAverage', code: 'needed' },
  ])
})

test('tags are read one by one and as ranges', () => {
  const form = { ...newNicForm(1, 'br0', ''), vlanKind: 'trunk', vlanTags: '10, 20-22 21', vlanNative: '5' } as const
  expect(nicOfForm(form).nic.vlan).toEqual({ trunk: true, tags: [10, 20, 21, 22], native: 5 })
  expect(nicOfForm({ ...form, vlanTags: '22-20' }).errors).toEqual([{ field: 'vlanTags', code: 'formTags' }])
})

test('the API’s fields find the form’s', () => {
  const form = formOfNic(nic)
  expect(nicFieldOf('source.bridge', form)).toBe('bridge')
  expect(nicFieldOf('source', { ...form, sourceKind: 'direct' })).toBe('device')
  expect(nicFieldOf('vlan.tags.0', form)).toBe('vlanTags')
  expect(nicFieldOf('queues', form)).toBe('queues')
  expect(nicFieldOf('etag', form)).toBeNull()
})

test('what a start changes is told by what runs and what is defined', () => {
  expect(nicDifferences(nic, nic)).toEqual([])
  expect(nicDifferences(nic, { ...nic, queues: 4, vlan: null, tap: null })).toEqual([
    { field: 'vlan', now: '10,20 (10)', next: null },
    { field: 'queues', now: '2', next: '4' },
  ])
})
