import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bridgeAndBack, untilLeased } from '../../../e2e/harness/bridge-by-hand.ts'
import type { LabHost } from '../../../e2e/lab/host.ts'
import { openLab, type Lab } from '../../../e2e/lab/lab.ts'
import { netplan } from './netplan.ts'
import { networkd } from './networkd.ts'

let lab: Lab
beforeAll(async () => {
  lab = await openLab({ say: console.error })
})
afterAll(() => lab?.close())

/** While addresses move, no duplicates are looked for; afterwards that is as it was. */
async function expectDadAsBefore(host: LabHost): Promise<void> {
  const read = 'cd /proc/sys/net/ipv6/conf; cat default/accept_dad enp1s0/accept_dad; ls /run | grep accept-dad || true'
  expect(await host.sh(read)).toBe('1\n1\n')
}

/** Files that let enp1s0 ask for its address. */
const asking = {
  networkd: {
    path: '/etc/systemd/network/10-enp1s0.network',
    text: '[Match]\nName=enp1s0\n\n[Network]\nDHCP=ipv4\nIPv6AcceptRA=no\n',
  },
  netplan: {
    path: '/etc/netplan/01-lab.yaml',
    text: 'network:\n  version: 2\n  ethernets:\n    enp1s0: {dhcp4: true, accept-ra: false}\n',
  },
}

describe.each([
  { id: 'networkd' as const, driver: networkd },
  { id: 'netplan' as const, driver: netplan },
])('$id', ({ id, driver }) => {
  /** Pings, one each 10 ms, that the driver says may be lost. */
  const promised = driver.outageMs({ changes: [], files: [], now: [], versions: {} })[1] / 10

  test('moves a static NIC under a bridge, and back', async () => {
    const host = await lab.addHost({ name: `${id}1`, flavour: id })
    const lost = await bridgeAndBack(host, driver)
    await expectDadAsBefore(host)
    console.log(`${id} static`, lost)
    expect(lost['make']).toBeLessThanOrEqual(promised)
  })

  test('moves a lease with its address', async () => {
    const host = await lab.addHost({ name: `${id}2`, flavour: id })
    await host.sh(`cat >${asking[id].path}`, { stdin: asking[id].text })
    await host.reboot({ ssh: false })
    await untilLeased(host, 'enp1s0')
    const lost = await bridgeAndBack(host, driver)
    console.log(`${id} dhcp`, lost)
    expect(lost['make']).toBeLessThanOrEqual(promised)
  })
})
