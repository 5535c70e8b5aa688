import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { undoChange } from '../../lib/host/commit.ts'
import { backEnds } from '../../lib/net/back-ends.ts'
import { FLAVOURS, type Flavour } from '../lab/host-spec.ts'
import type { LabHost } from '../lab/host.ts'
import { openLab, type Lab } from '../lab/lab.ts'
import { waitUntil } from '../lab/process.ts'
import { labDir } from '../lab/runtime.ts'
import * as hand from './hand.ts'
import { pingUntilStopped } from './pings.ts'

/**
 * The bridge on the NIC that carries SSH, by each back-end, on a real host with a VM on another bridge: kept, rebooted,
 * taken away again, and undone byte for byte.
 */

const overSsh: hand.Wish = {
  op: 'bridge.create',
  name: 'br0',
  ports: ['enp1s0'],
  addressing: { kind: 'move', from: 'enp1s0' },
}
const away: hand.Wish = { op: 'link.delete', link: 'br0', addressesTo: 'enp1s0' }
const onTheSide: hand.Wish = { op: 'bridge.create', name: 'br1', ports: ['enp2s0'], addressing: { kind: 'none' } }

const flavours = FLAVOURS.filter(
  (flavour) => flavour in backEnds && (process.env.DRAWBRIDGE_FLAVOUR ?? flavour) === flavour,
)

describe.each(flavours)('%s, static addresses', (flavour) => {
  let lab: Lab
  let host: LabHost
  let original: hand.Picture
  beforeAll(async () => {
    lab = await openLab()
    host = await lab.addHost({ name: 'kvm1', flavour, nics: 2 })
    await hand.change(host, [onTheSide])
    await host.addGuest({ bridge: 'br1' })
    original = await hand.picture(host)
  })
  afterAll(() => lab.close())

  it('undoes what nobody keeps: files, owners and kernel as before, the VM’s port where it was', async () => {
    expect(original.drift).toEqual([])
    const session = await hand.sessionTo(host)
    const begun = await hand.begin(session, hand.planned(await hand.readState(session), [overSsh]))
    await hand.until(host, begun.id, ['pending'])
    const undone = await undoChange(session, begun.id)
    expect(undone.ok).toBe(true)
    session.close()
    const marker = await hand.until(host, begun.id, ['reverted'])
    expect(marker).toMatchObject({ state: 'reverted', complete: true })
    await expectAsBefore(host, original)
    await hand.untilTidy(host)
  })

  it('keeps it, without the VM’s port moving, and is the same after a reboot', async () => {
    const [four, six] = [pingUntilStopped(host.address, 10), pingUntilStopped(host.record.address6, 10)]
    await hand.change(host, [overSsh])
    const lost = [await four.stop(), await six.stop()]
    console.log(
      `${flavour}: lost of 10 ms pings, IPv4 ${lost[0]?.lost} of ${lost[0]?.sent}, IPv6 ${lost[1]?.lost} of ${lost[1]?.sent}`,
    )
    const kept = await hand.picture(host)
    expect(kept.drift).toEqual([])
    expect(kept.state.actual.get('enp1s0')?.master).toBe('br0')
    expect(kept.state.actual.get('br0')?.ipv4).toMatchObject({ kind: 'static', addresses: [`${host.address}/24`] })
    expect(await tapsOf(host)).toEqual(['vnet0 br1'])
    await hand.untilTidy(host)
    await host.reboot()
    const rebooted = await hand.picture(host)
    expect(comparable(rebooted.canonical)).toEqual(comparable(kept.canonical))
    expect(rebooted.drift).toEqual([])
  })

  it('gives the address back to the NIC when the bridge goes', async () => {
    await hand.change(host, [away])
    const back = await hand.picture(host)
    expect(back.state.links.has('br0')).toBe(false)
    expect(back.drift).toEqual([])
    for (const name of ['enp1s0', 'enp2s0', 'br1'])
      expect(comparable(JSON.stringify(back.state.actual.get(name)))).toEqual(
        comparable(JSON.stringify(original.state.actual.get(name))),
      )
  })
})

describe.each(flavours)('%s, DHCP', (flavour) => {
  it('keeps lease, client identifier and address, through a reboot too', async () => {
    await using lab = await openLab()
    const host = await lab.addHost({ name: 'kvm1', flavour })
    await toDhcp(lab, host, flavour)
    const before = await hand.picture(host)
    expect(before.state.actual.get('enp1s0')?.ipv4.kind).toBe('dhcp')
    const identity = clientIdOf(lab, host)
    await hand.change(host, [overSsh])
    const kept = await hand.picture(host)
    expect(kept.state.actual.get('br0')?.ipv4.kind).toBe('dhcp')
    expect(kept.drift).toEqual([])
    await host.reboot()
    expect((await hand.picture(host)).drift).toEqual([])
    // The address is reserved by MAC; the identifier is what other servers go by.
    expect(clientIdOf(lab, host)).toBe(identity)
  })
})

/** NetworkManager numbers the metrics of what it brings up, 100, 101, …, so they are what came up first. */
const comparable = (text: string): unknown =>
  JSON.parse(text, (key, value: unknown) => (key === 'metric' ? undefined : value))

async function expectAsBefore(host: LabHost, original: hand.Picture): Promise<void> {
  const back = await hand.picture(host)
  expect(back.files).toEqual(original.files)
  expect(comparable(back.canonical)).toEqual(comparable(original.canonical))
  expect(await tapsOf(host)).toEqual(['vnet0 br1'])
}

const tapsOf = async (host: LabHost): Promise<string[]> =>
  (await host.sh('for tap in /sys/class/net/vnet*; do echo "${tap##*/} $(basename "$(readlink "$tap/master")")"; done'))
    .trim()
    .split('\n')

const clientIdOf = (lab: Lab, host: LabHost): string => {
  const leases = readFileSync(join(labDir(lab.id), 'leases'), 'utf8').split('\n')
  return leases.find((line) => line.split(' ')[2] === host.address)?.split(' ')[4] ?? 'no lease'
}

/** As if it had always been so: written past the product, with a lease for the address that SSH knows. */
async function toDhcp(lab: Lab, host: LabHost, flavour: Flavour): Promise<void> {
  const mac = (await host.sh('cat /sys/class/net/enp1s0/address')).trim()
  mkdirSync(join(labDir(lab.id), 'dhcp-hosts'), { recursive: true })
  writeFileSync(join(labDir(lab.id), 'dhcp-hosts', host.name), `${mac},${host.address}\n`)
  const commands: Record<Flavour, string> = {
    networkd: `printf '[Match]\\nName=enp1s0\\n\\n[Network]\\nDHCP=ipv4\\nIPv6AcceptRA=no\\n' >/etc/systemd/network/10-enp1s0.network`,
    netplan: `printf 'network:\\n  version: 2\\n  renderer: networkd\\n  ethernets:\\n    enp1s0: {dhcp4: true, accept-ra: false}\\n' >/etc/netplan/01-lab.yaml`,
    networkmanager: `printf '[connection]\\nid=enp1s0\\ntype=ethernet\\ninterface-name=enp1s0\\n\\n[ipv4]\\nmethod=auto\\n\\n[ipv6]\\nmethod=disabled\\n' >/etc/NetworkManager/system-connections/enp1s0.nmconnection`,
    ifupdown: `printf 'auto lo\\niface lo inet loopback\\n\\nauto enp1s0\\niface enp1s0 inet dhcp\\n' >/etc/network/interfaces`,
    ifupdown2: `printf 'auto lo\\niface lo inet loopback\\n\\nauto enp1s0\\niface enp1s0 inet dhcp\\n' >/etc/network/interfaces`,
  }
  await host.sh(commands[flavour])
  await host.reboot()
  await waitUntil(`${host.name} to have a lease`, 20_000, async () =>
    clientIdOf(lab, host) === 'no lease' ? null : true,
  )
}
