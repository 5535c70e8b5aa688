import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ManagedMode, NetworkConfig, NetworkIp } from './libvirt-network.ts'
import { buildNetworkXml, editNetworkXml, foreignXmlRefusal, parseLibvirtNetwork } from './network-edit.ts'
import { liveUpdates } from './network-live.ts'

const read = (xml: string) => {
  const parsed = parseLibvirtNetwork(xml)
  if (!parsed.ok) throw new Error(parsed.error)
  return parsed.value
}
const edit = (xml: string, config: NetworkConfig): string => {
  const edited = editNetworkXml(xml, config)
  if (!edited.ok) throw new Error(edited.error)
  return edited.value
}

const lab: NetworkConfig = {
  name: 'lab',
  mode: 'nat',
  bridge: 'virbr7',
  uplink: 'enp1s0',
  mtu: 9000,
  domain: 'lab.example',
  ipv4: {
    address: '10.20.0.1',
    prefix: 24,
    ranges: [{ start: '10.20.0.100', end: '10.20.0.199' }],
    hosts: [{ mac: '52:54:00:00:00:01', duid: null, name: 'web', address: '10.20.0.10' }],
  },
  ipv6: { address: 'fd20::1', prefix: 64, ranges: [], hosts: [] },
}

const rich = `<network xmlns:dnsmasq='http://libvirt.org/schemas/network/dnsmasq/1.0' connections='2'>
  <!-- by hand -->
  <name>lab</name>
  <uuid>8c1b9b53-4ecf-49d5-84a0-653827ae2298</uuid>
  <metadata><x:note xmlns:x='urn:x'>mine</x:note></metadata>
  <forward dev='enp1s0' mode='nat'>
    <nat ipv6='no'><port start='1024' end='65535'/></nat>
    <interface dev='enp1s0'/>
  </forward>
  <bridge name='virbr7' stp='on' delay='0' zone='trusted'/>
  <mac address='52:54:00:b5:d6:bb'/>
  <dns forwardPlainNames='no'><host ip='10.20.0.1'><hostname>gateway</hostname></host></dns>
  <ip address='10.20.0.1' netmask='255.255.255.0'>
    <tftp root='/srv/tftp'/>
    <dhcp>
      <range start='10.20.0.100' end='10.20.0.199'><lease expiry='1' unit='hours'/></range>
      <host mac='52:54:00:00:00:01' name='web' ip='10.20.0.10'><lease expiry='0'/></host>
      <bootp file='pxelinux.0'/>
    </dhcp>
  </ip>
  <ip address='10.99.99.1' prefix='30'/>
  <route address='10.30.0.0' prefix='24' gateway='10.20.0.9'/>
  <portgroup name='blue' default='yes'><vlan trunk='yes'><tag id='7'/><tag id='8'/></vlan></portgroup>
  <dnsmasq:options><dnsmasq:option value='cname=a,b'/></dnsmasq:options>
</network>`

describe('the XML of a network', () => {
  test('is what was asked for', () =>
    expect(buildNetworkXml(lab)).toBe(
      `<network><name>lab</name><forward mode="nat" dev="enp1s0"><interface dev="enp1s0"/><nat ipv6="yes"/></forward>` +
        `<bridge name="virbr7"/><mtu size="9000"/><domain name="lab.example"/>` +
        `<ip address="10.20.0.1" netmask="255.255.255.0"><dhcp><range start="10.20.0.100" end="10.20.0.199"/>` +
        `<host mac="52:54:00:00:00:01" name="web" ip="10.20.0.10"/></dhcp></ip>` +
        `<ip family="ipv6" address="fd20::1" prefix="64"/></network>`,
    ))

  test('on a bridge of the host names that and nothing else', () =>
    expect(buildNetworkXml({ ...lab, mode: 'bridge', bridge: 'br0', uplink: null, mtu: null, domain: null })).toBe(
      `<network><name>lab</name><forward mode="bridge"/><bridge name="br0"/></network>`,
    ))

  test('is read with port groups, a second address left aside', () =>
    expect(read(rich)).toMatchObject({
      uuid: '8c1b9b53-4ecf-49d5-84a0-653827ae2298',
      mode: 'nat',
      bridge: 'virbr7',
      uplink: 'enp1s0',
      ipv4: lab.ipv4,
      ipv6: null,
      portGroups: [{ name: 'blue', isDefault: true, vlans: [7, 8] }],
    }))

  test.each([
    ['', 'isolated'],
    ['<forward/>', 'nat'],
    [`<forward mode='open'/>`, 'open'],
    [`<forward mode='bridge'/><bridge name='br0'/>`, 'bridge'],
    [`<forward mode='bridge'><interface dev='eth0'/></forward>`, 'macvtap'],
    [`<forward mode='vepa'/>`, 'macvtap'],
    [`<forward mode='hostdev'/>`, 'hostdev'],
    [`<forward mode='new'/>`, 'other'],
  ])('%s is mode %s', (inner, mode) => expect(read(`<network><name>n</name>${inner}</network>`).mode).toBe(mode))

  test('edited to what it is stays as it is', () => {
    const once = edit(rich, read(rich))
    expect(edit(once, read(once))).toBe(once)
    expect(once.replaceAll('"', "'").replaceAll(/\s+/g, '')).toBe(rich.replaceAll(/\s+/g, ''))
  })

  test('edited keeps what is not understood', () => {
    const before = read(rich)
    const edited = edit(rich, {
      ...before,
      mtu: 1400,
      ipv4: { ...(before.ipv4 as NetworkIp), hosts: [], ranges: [{ start: '10.20.0.50', end: '10.20.0.99' }] },
    })
    for (const kept of [
      'by hand',
      'mine',
      'pxelinux.0',
      '/srv/tftp',
      'cname=a,b',
      '10.99.99.1',
      '1024',
      'trusted',
      'gateway',
    ])
      expect(edited).toContain(kept)
    expect(edited).not.toContain('10.20.0.199')
    expect(read(edited)).toMatchObject({ mtu: 1400, ipv4: { hosts: [], ranges: [{ start: '10.20.0.50' }] } })
  })

  test('with entries that stay keeps their lease times', () => {
    const before = read(rich)
    const more = { mac: '52:54:00:00:00:02', duid: null, name: null, address: '10.20.0.11' }
    const ipv4 = before.ipv4 as NetworkIp
    const edited = edit(rich, { ...before, ipv4: { ...ipv4, hosts: [...ipv4.hosts, more] } })
    expect(edited).toMatch(/expiry=.1. unit=.hours/)
    expect(edited).toMatch(/expiry=.0./)
    expect(read(edited).ipv4?.hosts).toEqual([...ipv4.hosts, more])
  })

  test('made isolated leaves by no device any more', () => {
    const edited = edit(rich, { ...read(rich), mode: 'isolated', uplink: null })
    expect(edited).not.toContain('forward mode')
    expect(read(edited)).toMatchObject({ mode: 'isolated', uplink: null })
  })

  const byte = fc.integer({ min: 1, max: 250 })
  test('of any configuration says that configuration', () =>
    fc.assert(
      fc.property(
        fc.constantFrom<ManagedMode>('nat', 'route', 'isolated', 'open'),
        fc.option(fc.string({ minLength: 1, maxLength: 12 }).filter((text) => /^[\w.-]+$/.test(text))),
        fc.option(fc.integer({ min: 68, max: 65_535 })),
        fc.option(fc.tuple(byte, fc.integer({ min: 8, max: 30 }), fc.array(byte, { maxLength: 3 }))),
        (mode, domain, mtu, ip) => {
          const ipv4 =
            ip === null
              ? null
              : {
                  address: `10.1.1.${ip[0]}`,
                  prefix: ip[1],
                  ranges: [],
                  hosts: [...new Set(ip[2])].map((last) => ({
                    mac: `52:54:00:00:00:${last.toString(16).padStart(2, '0')}`,
                    duid: null,
                    name: null,
                    address: `10.1.1.${last}`,
                  })),
                }
          const config = { name: 'n', mode, bridge: 'virbr9', uplink: null, mtu, domain, ipv4, ipv6: null }
          expect(read(buildNetworkXml(config))).toMatchObject(config)
          expect(read(edit(rich, config))).toMatchObject({ ...config, name: 'lab' })
        },
      ),
    ))
})

test('what changes while it runs: fixed addresses and ranges, what goes before what comes', () => {
  const running = read(rich)
  const ipv4 = running.ipv4 as NetworkIp
  const host = { mac: '52:54:00:00:00:09', duid: null, name: null, address: '10.20.0.12' }
  const wanted = { ...running, ipv4: { ...ipv4, hosts: [host] } }
  expect(liveUpdates(rich, running, wanted)).toEqual([
    {
      command: 'delete',
      section: 'dhcpHost',
      ipIndex: 0,
      xml: '<host mac="52:54:00:00:00:01" name="web" ip="10.20.0.10"/>',
    },
    { command: 'addLast', section: 'dhcpHost', ipIndex: 0, xml: '<host mac="52:54:00:00:00:09" ip="10.20.0.12"/>' },
  ])
  expect(liveUpdates(rich, running, { ...wanted, ipv4: { ...ipv4, address: '10.20.0.2', hosts: [] } })).toEqual([])
})

test('XML that would run programs on the host is refused', () => {
  expect(foreignXmlRefusal(rich)).toMatch(/foreign name space/)
  const plain = rich.replace(/<dnsmasq:options>.*<\/dnsmasq:options>/, '')
  expect(foreignXmlRefusal(plain)).toBeNull()
  const renamed = `<network><name>n</name><options xmlns='http://libvirt.org/schemas/network/dnsmasq/1.0'/></network>`
  expect(foreignXmlRefusal(renamed)).toMatch(/foreign/)
})
