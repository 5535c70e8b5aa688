import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bridgeAndBack, untilLeased } from '../../../e2e/harness/bridge-by-hand.ts'
import { openLab, type Lab } from '../../../e2e/lab/lab.ts'
import { ifupdown, ifupdown2 } from './ifupdown.ts'

let lab: Lab
beforeAll(async () => {
  lab = await openLab({ say: console.error })
})
afterAll(() => lab?.close())

const dhcp = 'auto lo\niface lo inet loopback\n\nauto enp1s0\niface enp1s0 inet dhcp\n'

describe.each([ifupdown, ifupdown2])('$id', (driver) => {
  const short = driver.id === 'ifupdown' ? 'one' : 'two'
  test('moves a static NIC under a bridge without losing a ping, and back', async () => {
    const host = await lab.addHost({ name: `${short}static`, flavour: driver.id as 'ifupdown' })
    const lost = await bridgeAndBack(host, driver)
    console.log(driver.id, 'static', lost)
    expect(lost['make']).toBeLessThanOrEqual(2)
    expect(lost['take away']).toBeLessThanOrEqual(2)
  })

  test('moves a lease with its address', async () => {
    const host = await lab.addHost({ name: `${short}dhcp`, flavour: driver.id as 'ifupdown' })
    await host.sh('cat >/etc/network/interfaces', { stdin: dhcp })
    await host.reboot({ ssh: false })
    await untilLeased(host, 'enp1s0')
    const lost = await bridgeAndBack(host, driver)
    console.log(driver.id, 'dhcp', lost)
    expect(lost['make']).toBeLessThanOrEqual(2)
  })
})
