import { expect } from 'vitest'
import type { BackEndDriver, LinkChange, RuntimeLink, Transition } from '../../lib/net/back-end.ts'
import type { Step } from '../../lib/net/change.ts'
import { blankLink, noBridge, type LinkConfig } from '../../lib/net/model.ts'
import type { LabHost } from '../lab/host.ts'
import { waitUntil } from '../lab/process.ts'
import { carryOut, filesOn, inverse, linksOn, pinging, putFiles } from './change-on-host.ts'

/** Until the NIC has an address from the lab's DHCP server. */
export const untilLeased = (host: LabHost, nic: string): Promise<true> =>
  waitUntil(`a lease for ${nic}`, 30_000, async () => {
    const has = await addressesOf(host, nic).catch((): string[] => [])
    return has.some((cidr) => cidr.includes('.')) ? true : null
  })

/** A bridge over the NIC that carries SSH, made, rebooted, taken away and undone by a back-end's own steps. */
export async function bridgeAndBack(host: LabHost, driver: BackEndDriver): Promise<Record<string, number>> {
  const lost: Record<string, number> = {}
  await addTap(host)
  const initial = await filesOn(host, driver.globs)
  const nic = driver.read(initial, await runtimeOf(host)).links.find(({ name }) => name === 'enp1s0')
  const mac = (await runtimeOf(host)).find(({ name }) => name === 'enp1s0')?.mac ?? null
  if (nic === undefined) throw new Error('the files say nothing of enp1s0')
  const addresses = await addressesOf(host, 'enp1s0')
  const settings = { ...noBridge, stp: false, forwardDelaySeconds: 0 }
  const br0: LinkConfig = { ...nic, name: 'br0', kind: 'bridge', mac, bridge: settings }
  const port: LinkConfig = { ...blankLink('enp1s0', 'nic'), master: 'br0' }
  const there: LinkChange[] = [
    { name: 'enp1s0', before: nic, after: port },
    { name: 'br0', before: null, after: br0 },
  ]
  const away: LinkChange[] = [
    { name: 'enp1s0', before: port, after: nic },
    { name: 'br0', before: br0, after: null },
  ]
  const bridged = async (): Promise<void> => {
    await until(host, 'br0', addresses)
    const links = await runtimeOf(host)
    expect(links.find(({ name }) => name === 'enp1s0')).toMatchObject({ master: 'br0', addresses: [] })
    expect(links.find(({ name }) => name === 'br0')).toMatchObject({ mac, up: true })
  }
  const tapStays = async (): Promise<void> =>
    expect((await runtimeOf(host)).find(({ name }) => name === 'tap9')?.master).toBe('br9')

  const made = await transition(host, driver, there)
  lost['make'] = await losses(addresses, () => carry(host, driver.apply(made), made))
  await bridged()
  await tapStays()
  expect(await driverSays(host, driver, 'br0')).toEqual(driverOf(br0))
  await host.reboot({ ssh: false })
  await bridged()

  await addTap(host)
  const taken = await transition(host, driver, away)
  lost['take away'] = await losses(addresses, () => carry(host, driver.apply(taken), taken))
  await until(host, 'enp1s0', addresses)
  await tapStays()
  expect((await runtimeOf(host)).some(({ name }) => name === 'br0')).toBe(false)
  await host.reboot({ ssh: false })
  await until(host, 'enp1s0', addresses)

  await addTap(host)
  const before = await filesOn(host, driver.globs)
  const again = await transition(host, driver, there)
  await carry(host, driver.apply(again), again)
  await bridged()
  lost['undo'] = await losses(addresses, async () => {
    await host.exec(['ip', 'link', 'del', 'br0'])
    await putFiles(host, inverse(again.files))
    await carry(host, driver.undo(again), again)
  })
  await until(host, 'enp1s0', addresses)
  await tapStays()
  expect(await filesOn(host, driver.globs)).toEqual(before)
  return lost
}

const driverOf = (link: LinkConfig): Pick<LinkConfig, 'ipv4' | 'ipv6' | 'bridge'> => ({
  ipv4: link.ipv4,
  ipv6: link.ipv6,
  bridge: link.bridge,
})

async function driverSays(host: LabHost, driver: BackEndDriver, name: string) {
  const found = driver.read(await filesOn(host, driver.globs)).links.find((link) => link.name === name)
  return found === undefined ? null : driverOf(found)
}

const addTap = (host: LabHost): Promise<string> =>
  host.sh(
    'ip tuntap add tap9 mode tap; ip link add br9 type bridge; ip link set tap9 master br9; ip link set br9 up; ip link set tap9 up',
  )

async function transition(host: LabHost, driver: BackEndDriver, changes: LinkChange[]) {
  const [files, now] = [await filesOn(host, driver.globs), await runtimeOf(host)]
  const written = driver.write(files, changes, now)
  if (!written.ok) throw new Error(written.error.text)
  return { changes, files: written.value, now, versions: {} } satisfies Transition
}

async function carry(host: LabHost, steps: readonly Step[], made: Transition): Promise<void> {
  for (const step of steps) {
    if (step.kind !== 'lines') {
      await carryOut(host, [step], made.files)
      continue
    }
    const { stdout } = await host.exec(['cat', step.path])
    const kept = stdout.split('\n').filter((line) => line !== '' && ![...step.remove, ...step.add].includes(line))
    await host.exec(['tee', step.path], { stdin: [...kept, ...step.add].map((line) => `${line}\n`).join('') })
  }
}

interface IpRoute {
  dst: string
  dev?: string
  gateway?: string
  metric?: number
  protocol?: string
  prefsrc?: string
}

async function runtimeOf(host: LabHost): Promise<RuntimeLink[]> {
  const links = await linksOn(host)
  const routes = (['inet', 'inet6'] as const).map(async (family) => {
    const found = JSON.parse((await host.sh(`ip -j ${family === 'inet6' ? '-6' : '-4'} route`)) || '[]') as IpRoute[]
    return found.map((route) => ({ ...route, family }))
  })
  const all = (await Promise.all(routes)).flat()
  return links.map((link) => ({
    ...link,
    routes: all
      .filter(({ dev }) => dev === link.name)
      .map(({ family, dst, gateway, metric, protocol, prefsrc }) => ({
        family,
        destination: dst,
        gateway: gateway ?? null,
        metric: metric ?? null,
        table: 'main',
        protocol: protocol ?? null,
        source: prefsrc ?? null,
      })),
  }))
}

const addressesOf = async (host: LabHost, name: string): Promise<string[]> =>
  ((await runtimeOf(host)).find((link) => link.name === name)?.addresses ?? []).map(({ cidr }) => cidr)

const until = (host: LabHost, name: string, addresses: readonly string[]): Promise<true> =>
  waitUntil(`${name} to have ${addresses.join(' and ')}`, 30_000, async () => {
    // A host that is just booting runs nothing yet.
    const has = await addressesOf(host, name).catch((): string[] => [])
    return addresses.every((address) => has.includes(address)) ? true : null
  })

async function losses(addresses: readonly string[], work: () => Promise<void>): Promise<number> {
  const pings = addresses.map((cidr) => pinging(cidr.split('/')[0] ?? ''))
  await work()
  const counted = await Promise.all(pings.map(({ stop }) => stop()))
  return counted[0]?.lost ?? 0
}
