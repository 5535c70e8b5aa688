import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FLAVOURS } from '../lab/host-spec.ts'
import { openLab, type Lab } from '../lab/lab.ts'
import type { LabMachine } from '../lab/machine.ts'
import * as hand from './hand.ts'

/**
 * What this machine's own kernel lacks, on a whole machine: VLAN-aware bridges, VLAN interfaces, bonds, and a bridge on
 * a bond. It takes minutes without hardware KVM, so it runs with `./drawbridge test --faults`; DRAWBRIDGE_FLAVOUR names
 * another flavour.
 */
const flavour = FLAVOURS.find((known) => known === process.env.DRAWBRIDGE_FLAVOUR) ?? 'networkd'

describe.skipIf(process.env.DRAWBRIDGE_FAULTS !== 'all')(`${flavour}, a whole machine`, () => {
  let lab: Lab
  let machine: LabMachine
  beforeAll(async () => {
    lab = await openLab()
    machine = await lab.addMachine({ name: 'm1', flavour, nics: 3 })
  }, 600_000)
  afterAll(() => lab.close())

  it('bonds two NICs, puts a VLAN-aware bridge on the bond and a VLAN with an address on the bridge', async () => {
    await hand.change(machine, [
      {
        op: 'bond.create',
        name: 'bond0',
        ports: ['enp2s0', 'enp3s0'],
        bond: { mode: 'active-backup', primary: 'enp2s0' },
        addressing: { kind: 'none' },
      },
      {
        op: 'bridge.create',
        name: 'br1',
        ports: ['bond0'],
        bridge: { vlanFiltering: true, multicastSnooping: false },
        addressing: { kind: 'none' },
      },
    ])
    await hand.change(machine, [
      { op: 'port.vlans', port: 'bond0', vlans: { pvid: 1, untagged: [1], tagged: [20, 21, 22, 100] } },
      {
        op: 'vlan.create',
        parent: 'br1',
        id: 20,
        addressing: {
          kind: 'set',
          ipv4: { kind: 'static', addresses: ['198.51.100.7/24'] },
          ipv6: { kind: 'none' },
        },
      },
    ])
    const seen = await hand.picture(machine)
    expect(seen.drift).toEqual([])
    expect(seen.state.actual.get('bond0')).toMatchObject({
      master: 'br1',
      bond: { mode: 'active-backup', primary: 'enp2s0' },
      port: { pvid: 1, untagged: [1], tagged: [20, 21, 22, 100] },
    })
    expect(seen.state.actual.get('br1')?.bridge).toMatchObject({ vlanFiltering: true, multicastSnooping: false })
    expect(seen.state.actual.get('br1.20')).toMatchObject({
      vlan: { parent: 'br1', id: 20 },
      ipv4: { kind: 'static', addresses: ['198.51.100.7/24'] },
    })
  })

  it('bridges the NIC that carries SSH beside them, raises the MTU of a whole chain, and is the same after a reboot', async () => {
    await hand.change(machine, [
      { op: 'bridge.create', name: 'br0', ports: ['enp1s0'], addressing: { kind: 'move', from: 'enp1s0' } },
    ])
    await hand.change(machine, [{ op: 'mtu.chain', link: 'br1', mtu: 4000 }])
    const kept = await hand.picture(machine)
    expect(kept.drift).toEqual([])
    for (const name of ['enp2s0', 'enp3s0', 'bond0', 'br1']) expect(kept.state.actual.get(name)?.mtu).toBe(4000)
    await machine.reboot()
    const rebooted = await hand.picture(machine)
    expect(rebooted.drift).toEqual([])
    expect(JSON.parse(rebooted.canonical)).toEqual(JSON.parse(kept.canonical))
  })

  it('takes all of it away again', async () => {
    await hand.change(machine, [{ op: 'link.delete', link: 'br1.20' }])
    await hand.change(machine, [{ op: 'link.delete', link: 'br1' }])
    await hand.change(machine, [
      { op: 'link.delete', link: 'bond0' },
      { op: 'link.delete', link: 'br0', addressesTo: 'enp1s0' },
    ])
    const seen = await hand.picture(machine)
    expect(seen.drift).toEqual([])
    expect([...seen.state.actual.values()].filter(({ kind }) => kind !== 'nic')).toEqual([])
  })
})
