import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseDomainXml } from './domain-xml.ts'
import { parseNetworkXml, parsePoolXml } from './network-xml.ts'

const domain = (devices: string, more = '') => `<domain type='kvm'>
  <name>a&lt;b&#27;[31m</name>
  <uuid>5B1C7E66-0000-4000-8000-000000000001</uuid>
  <memory unit='GiB'>2</memory>
  <vcpu placement='static' current='2'>8</vcpu>${more}
  <devices>${devices}</devices>
</domain>`

const read = (xml: string) => {
  const parsed = parseDomainXml(xml)
  if (!parsed.ok) throw new Error(parsed.error)
  return parsed.value
}

describe('the XML of a domain', () => {
  test('says what it is called, its size and its NICs', () => {
    const nic = `<interface type='network'><mac address='52:54:00:AA:00:01'/><source network='lan' portid='x' bridge='br7'/><target dev='vnet7'/><model type='virtio'/><driver queues='2'/><mtu size='9000'/></interface>
      <interface type='vhostuser'><source type='unix' path='/run/v.sock' mode='client'/></interface>
      <interface type='hostdev'><mac address='52:54:00:aa:00:03'/></interface>`
    expect(read(domain(nic))).toEqual({
      uuid: '5b1c7e66-0000-4000-8000-000000000001',
      name: 'a<b\ufffd[31m',
      type: 'kvm',
      vcpus: 2,
      memoryBytes: 2 * 2 ** 30,
      nics: [
        {
          mac: '52:54:00:aa:00:01',
          source: 'lan',
          sourceKind: 'network',
          model: 'virtio',
          tap: 'vnet7',
          queues: 2,
          mtu: 9000,
        },
        { mac: '', source: '/run/v.sock', sourceKind: 'vhostuser', model: null, tap: null, queues: null, mtu: null },
        {
          mac: '52:54:00:aa:00:03',
          source: null,
          sourceKind: 'hostdev',
          model: null,
          tap: null,
          queues: null,
          mtu: null,
        },
      ],
    })
  })

  test('of foreign name spaces and snapshots inside does not confuse it', () =>
    expect(
      read(domain('', `<metadata><x:interface xmlns:x='urn:x'><name>no</name></x:interface></metadata>`)).nics,
    ).toEqual([]))

  test.each([
    ['', /broken/],
    ['<domain', /broken/],
    ['<network/>', /of a <network>/],
    [`<!DOCTYPE d [<!ENTITY e 'x'>]><domain type='kvm'><name>&e;</name></domain>`, /document type/],
    [`<domain>${'<a>'.repeat(60_000)}`, /broken/],
    ['x'.repeat(5 * 1024 * 1024), /larger/],
  ])('is refused with a sentence: %.30j', (xml, why) => {
    const parsed = parseDomainXml(xml)
    expect(parsed.ok ? '' : parsed.error).toMatch(why)
  })

  test('any text is read or refused', () =>
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        expect(typeof parseDomainXml(text).ok).toBe('boolean')
        expect(typeof parseDomainXml(domain(text)).ok).toBe('boolean')
      }),
    ))
})

test('a network without <forward> is isolated, with an empty one it is NAT', () => {
  const of = (inner: string) => parseNetworkXml(`<network><name>n</name>${inner}<bridge name='virbr1'/></network>`)
  expect(of('')).toEqual({ ok: true, value: { bridge: 'virbr1', mode: 'isolated' } })
  expect(of('<forward/>')).toEqual({ ok: true, value: { bridge: 'virbr1', mode: 'nat' } })
  expect(of(`<forward mode='route'/>`)).toEqual({ ok: true, value: { bridge: 'virbr1', mode: 'route' } })
})

test('a pool has its type, and its path where it has one', () => {
  expect(parsePoolXml(`<pool type='rbd'><name>p</name></pool>`)).toEqual({
    ok: true,
    value: { type: 'rbd', path: null },
  })
  expect(parsePoolXml(`<pool type='dir'><target><path>/srv/a b</path></target></pool>`)).toEqual({
    ok: true,
    value: { type: 'dir', path: '/srv/a b' },
  })
})
