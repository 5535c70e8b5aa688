import { expect, test } from 'vitest'
import { parseOvsBridges } from './ovs.ts'

test('bridges with their ports are read, also with one port or none', () => {
  // Open vSwitch 3.1.
  const text = `{"data":[["br-one",["uuid","a"]],["ovs9",["set",[["uuid","b"],["uuid","c"]]]],["none",["set",[]]]],"headings":["name","ports"]}
{"data":[[["uuid","c"],"enp2s0"],[["uuid","b"],"ovs9"],[["uuid","a"],"br-one"]],"headings":["_uuid","name"]}
`
  expect(parseOvsBridges(text)).toEqual([
    { name: 'br-one', ports: ['br-one'] },
    { name: 'ovs9', ports: ['ovs9', 'enp2s0'] },
    { name: 'none', ports: [] },
  ])
})

test('anything else is no answer', () => {
  for (const text of ['', 'ovs-vsctl: unix:/run/openvswitch/db.sock: database connection failed', '{}\n{}'])
    expect(parseOvsBridges(text)).toBeNull()
})
