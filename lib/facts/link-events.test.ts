import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LinkEvents } from './link-events.ts'

const link = String.raw`5: vnet0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue master br0 state UNKNOWN group default \    link/ether fe:54:00:f1:f5:83 brd ff:ff:ff:ff:ff:ff`
const address = (seconds: number) =>
  String.raw`4: br0    inet6 2001:db8::5/64 scope global dynamic mngtmpaddr \       valid_lft ${seconds}sec preferred_lft ${seconds}sec`

describe('lines of ip monitor', () => {
  test('a link, an address and a route are named', () => {
    const events = new LinkEvents()
    expect(events.change(link)).toBe('link vnet0')
    expect(events.change(address(600))).toBe('address of br0')
    expect(events.change('10.1.0.0/24 dev br0 proto kernel scope link src 10.1.0.2')).toBe('route 10.1.0.0/24')
    expect(events.change('local fe80::1 dev br0 table local proto kernel metric 0 pref medium')).toBe('route fe80::1')
    expect(events.change('7: bond0.10@bond0: <BROADCAST> mtu 1500 state DOWN')).toBe('link bond0.10')
  })

  test('an address that only lives on is no change', () => {
    const events = new LinkEvents()
    events.change(address(600))
    expect(events.change(address(580))).toBeNull()
    expect(events.change(address(580).replace('/64', '/48'))).toBe('address of br0')
  })

  test('what went and came back the same is two changes', () => {
    const events = new LinkEvents()
    events.change(link)
    expect(events.change(`Deleted ${link}`)).toBe('link vnet0')
    expect(events.change(link)).toBe('link vnet0')
  })

  test('down and up again is a change each time', () => {
    const events = new LinkEvents()
    const down = link.replace('UP,LOWER_UP', '').replace('UNKNOWN', 'DOWN')
    expect([link, down, link, link].map((line) => events.change(line))).toEqual([
      'link vnet0',
      'link vnet0',
      'link vnet0',
      null,
    ])
  })

  test('any line is heard, and nothing unprintable comes out', () =>
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (line) => {
        // oxlint-disable-next-line no-control-regex
        expect(new LinkEvents().change(line) ?? '').not.toMatch(/[\u0000-\u001f\u007f-\u009f]/)
      }),
    ))
})
