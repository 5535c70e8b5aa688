import { afterAll, beforeAll, expect, test } from 'vitest'
import { bridgeAndBack, untilLeased } from '../../../e2e/harness/bridge-by-hand.ts'
import { openLab, type Lab } from '../../../e2e/lab/lab.ts'
import { networkmanager } from './networkmanager.ts'

let lab: Lab
beforeAll(async () => {
  lab = await openLab({ say: console.error })
})
afterAll(() => lab?.close())

/** Pings, one each 10 ms, that the driver says may be lost. */
const promised = networkmanager.outageMs({ changes: [], files: [], now: [], versions: {} })[1] / 10

const dhcp = `[connection]
id=enp1s0
type=ethernet
interface-name=enp1s0

[ipv4]
method=auto

[ipv6]
method=disabled
`

test('moves a static NIC under a bridge, and back', async () => {
  const host = await lab.addHost({ name: 'nmstatic', flavour: 'networkmanager' })
  const lost = await bridgeAndBack(host, networkmanager)
  console.log('networkmanager static', lost)
  expect(lost['make']).toBeLessThanOrEqual(promised)
})

test('moves a lease with its address', async () => {
  const host = await lab.addHost({ name: 'nmdhcp', flavour: 'networkmanager' })
  await host.sh('cat >/etc/NetworkManager/system-connections/enp1s0.nmconnection', { stdin: dhcp })
  await host.reboot({ ssh: false })
  await untilLeased(host, 'enp1s0')
  const lost = await bridgeAndBack(host, networkmanager)
  console.log('networkmanager dhcp', lost)
  expect(lost['make']).toBeLessThanOrEqual(promised)
})
