/** libvirt networks through the API, on a real host with real guests. */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openDoor, type Door } from '../../../e2e/harness/door.ts'
import type { LabHost } from '../../../e2e/lab/host.ts'
import { openLab, type Lab } from '../../../e2e/lab/lab.ts'
import { waitUntil } from '../../../e2e/lab/process.ts'
import type { LibvirtNetwork, NetworkLease, RemovedNetwork } from '../../contract/libvirt-networks.ts'
import { sshPool } from '../../ssh/pool.ts'

let lab: Lab
let host: LabHost
let door: Door
let cookies: string

// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- what comes back is what the caller says it is
const call = async <T>(method: string, path: string, body?: unknown): Promise<{ status: number; body: T }> => {
  const answer = await door.call(method, `/hosts/lan${path}`, body, { cookies })
  return { status: answer.status, body: answer.body as T }
}
const network = async (name: string) => (await call<LibvirtNetwork>('GET', `/networks/${name}`)).body
const leases = async (name: string) =>
  (await call<{ items: NetworkLease[] }>('GET', `/networks/${name}/leases`)).body.items
const make = async (config: object): Promise<LibvirtNetwork> => {
  const made = await call<LibvirtNetwork>('POST', '/networks', config)
  if (made.status !== 201) throw new Error(JSON.stringify(made.body))
  return made.body
}
/** What the guest says to a line of shell. */
const inGuest = (address: string, line: string) =>
  host.sh(`printf '%s\\n' "$(cat)" | nc -w 20 ${address} 7`, { stdin: line })

const ipv4 = (third: number, more: object = {}) => ({
  address: `10.44.${third}.1`,
  prefix: 24,
  ranges: [{ start: `10.44.${third}.100`, end: `10.44.${third}.199` }],
  hosts: [],
  ...more,
})

beforeAll(async () => {
  lab = await openLab({ say: console.error })
  host = await lab.addHost({ name: 'lan', bridge: true })
  door = await openDoor()
  cookies = await door.claim()
  const fingerprint = (await host.fingerprints()).find(({ type }) => type === 'ed25519')?.sha256
  const signIn = { kind: 'stored-key', privateKey: readFileSync(host.keyPath, 'utf8') }
  const wanted = { name: 'lan', address: host.address, port: 22, user: 'root', fingerprint, signIn }
  const added = await door.call('POST', '/hosts', wanted, { cookies })
  if (added.status !== 201) throw new Error(added.text)
  await call('POST', '/facts/refresh')
})
afterAll(async () => {
  sshPool().close()
  await door?.close()
  await lab?.close()
})

describe('a NAT network', () => {
  test('is made, gives a guest its address, and lets it out', async () => {
    const made = await make({ name: 'nat', mode: 'nat', bridge: 'virbr40', ipv4: ipv4(1) })
    expect(made).toMatchObject({ active: true, autostart: true, persistent: true, restartNeeded: [], leases: 0 })
    const guest = await host.addGuest({ name: 'natted', network: 'nat' })
    expect(guest.address).toMatch(/^10\.44\.1\.1\d\d$/)
    expect(await network('nat')).toMatchObject({ leases: 1, vms: [{ name: 'natted', running: true }] })
    expect(await leases('nat')).toMatchObject([
      { address: guest.address, mac: guest.mac, vm: 'natted', fixed: false, expiresAt: expect.any(String) },
    ])
    expect(await inGuest(guest.address, 'ping -c1 -W3 10.99.' + lab.record.number + '.1')).toContain(
      '1 packets received',
    )
  })

  test('in use is neither stopped nor deleted; the VMs are named', async () => {
    const stopped = await call<{ title: string }>('POST', '/networks/nat/stop', {})
    expect(stopped).toMatchObject({ status: 409, body: { code: 'network-in-use', vms: ['natted'] } })
    expect(await call('DELETE', '/networks/nat')).toMatchObject({
      status: 409,
      body: { title: expect.stringMatching(/natted/) },
    })
    expect((await network('nat')).active).toBe(true)
  })

  test('gets a fixed address while it runs, and the guest takes it', async () => {
    const before = await network('nat')
    const mac = before.vms.length > 0 ? (await leases('nat'))[0]?.mac : null
    const hosts = [{ mac, duid: null, name: 'natted', address: '10.44.1.50' }]
    const edited = await call<LibvirtNetwork>('PUT', '/networks/nat', {
      ...config(before),
      ipv4: ipv4(1, { hosts }),
      etag: before.etag,
    })
    expect(edited).toMatchObject({ status: 200, body: { restartNeeded: [], ipv4: { hosts } } })
    const [lease] = await leases('nat')
    await inGuest(
      lease?.address ?? '',
      'killall udhcpc; udhcpc -b -i eth0 -s /bin/dhcp.sh -t 20 -T 1 -A 1 >/dev/null 2>&1 & echo done',
    )
    await waitUntil('the guest to have its fixed address', 30_000, async () => {
      const now = await leases('nat')
      return now.some(({ address, fixed }) => address === '10.44.1.50' && fixed) ? true : null
    })
    await expectPing('10.44.1.50')
  })

  test('read before somebody else’s change is not clobbered', async () => {
    const before = await network('nat')
    await host.sh(
      'virsh -q net-update nat add dns-host "<host ip=\'10.44.1.1\'><hostname>gw</hostname></host>" --config --live',
    )
    const edited = await call('PUT', '/networks/nat', { ...config(before), etag: before.etag })
    expect(edited).toMatchObject({ status: 409, body: { code: 'network-changed' } })
  })

  test('with another MTU needs a restart, after which the guest is back and what was foreign is still there', async () => {
    const before = await network('nat')
    const wanted = { ...config(before), mtu: 1400 }
    const defined = await call<LibvirtNetwork>('PUT', '/networks/nat', wanted)
    expect(defined.body).toMatchObject({ mtu: 1400, restartNeeded: ['mtu'] })
    const restarted = await call<LibvirtNetwork>('PUT', '/networks/nat', { ...wanted, apply: 'restart' })
    expect(restarted).toMatchObject({ status: 200, body: { restartNeeded: [], active: true } })
    expect(await host.sh('cat /sys/class/net/virbr40/mtu; ls /sys/class/net/virbr40/brif')).toMatch(/^1400\nvnet\d+\n$/)
    expect((await network('nat')).xml).toContain('<hostname>gw</hostname>')
    await expectPing('10.44.1.50')
  })

  test('starts with the host, or no longer', async () => {
    expect(await call('PATCH', '/networks/nat', { autostart: false })).toMatchObject({ body: { autostart: false } })
    expect(await call('PATCH', '/networks/nat', { autostart: true })).toMatchObject({ body: { autostart: true } })
  })

  test('stopped by force and started again has its guest back', async () => {
    expect(await call('POST', '/networks/nat/stop', { force: true })).toMatchObject({ body: { active: false } })
    expect(await call('POST', '/networks/nat/start')).toMatchObject({ status: 200, body: { active: true } })
    await expectPing('10.44.1.50')
  })
})

const config = ({ name, mode, bridge, uplink, mtu, domain, ipv4: v4, ipv6 }: LibvirtNetwork) => ({
  name,
  mode,
  bridge,
  uplink,
  mtu,
  domain,
  ipv4: v4,
  ipv6,
})

const expectPing = (address: string) =>
  waitUntil(`${address} to answer`, 30_000, async () => {
    const ping = await host.exec(['ping', '-c1', '-W1', address])
    return ping.code === 0 ? true : null
  })

test('an isolated network reaches its host and nothing else', async () => {
  await make({ name: 'alone', mode: 'isolated', bridge: 'virbr41', ipv4: ipv4(2), autostart: false })
  const guest = await host.addGuest({ name: 'lonely', network: 'alone' })
  expect(await inGuest(guest.address, 'ping -c1 -W3 10.44.2.1')).toContain('1 packets received')
  const outside = `10.99.${lab.record.number}.1`
  expect(await inGuest(guest.address, `ip route add default via 10.44.2.1; ping -c1 -W2 ${outside}`)).not.toContain(
    '1 packets received',
  )
  expect(await network('alone')).toMatchObject({ mode: 'isolated', autostart: false, leases: 1 })
})

test('a routed network is reached from outside by its own addresses, IPv6 too', async () => {
  const ipv6 = { address: 'fd44::1', prefix: 64, ranges: [], hosts: [] }
  await make({ name: 'routed', mode: 'route', bridge: 'virbr42', uplink: 'br0', ipv4: ipv4(3), ipv6 })
  const guest = await host.addGuest({ name: 'routed1', network: 'routed' })
  const { execFileSync } = await import('node:child_process')
  execFileSync('ip', ['route', 'add', '10.44.3.0/24', 'via', host.address])
  try {
    execFileSync('ping', ['-c1', '-W3', guest.address])
  } finally {
    execFileSync('ip', ['route', 'del', '10.44.3.0/24'])
  }
  expect(await network('routed')).toMatchObject({ mode: 'route', uplink: 'br0', ipv6: { address: 'fd44::1' } })
})

test('a network on br0 needs that bridge and gives a guest the LAN', async () => {
  const wrong = await call<{ errors: { field: string; message: string }[] }>('POST', '/networks', {
    name: 'lan',
    mode: 'bridge',
    bridge: 'br7',
  })
  expect(wrong).toMatchObject({
    status: 422,
    body: { errors: [{ field: 'bridge', message: expect.stringMatching(/no bridge named br7/) }] },
  })
  expect(await make({ name: 'lan', mode: 'bridge', bridge: 'br0' })).toMatchObject({ bridge: 'br0', leases: null })
  await host.sh(`virsh -q net-info lan | grep -q 'Bridge: *br0'`)
})

test('what can’t be is refused with sentences, and leaves nothing', async () => {
  const overlapping = await call<{ title: string }>('POST', '/networks', {
    name: 'twice',
    mode: 'nat',
    ipv4: { address: `10.99.${lab.record.number}.200`, prefix: 24 },
  })
  expect(overlapping).toMatchObject({
    status: 422,
    body: { title: expect.stringMatching(/overlaps .* br0 of the host/) },
  })
  expect((await call('POST', '/networks', { name: 'nat', mode: 'isolated' })).status).toBe(422)
  // Somebody takes the name for something else, a moment before.
  await host.sh('ip link add latecomer type bridge')
  const unstarted = await call<{ title: string }>('POST', '/networks', {
    name: 'unstarted',
    mode: 'isolated',
    bridge: 'latecomer',
    ipv4: ipv4(9),
  })
  expect(unstarted).toMatchObject({ status: 422, body: { errors: [{ field: 'bridge' }] } })
  // libvirt defines this one and can't start it.
  await host.sh('mv /usr/sbin/dnsmasq /usr/sbin/dnsmasq.away')
  const failed = await call('POST', '/networks', { name: 'unstarted', mode: 'isolated', ipv4: ipv4(9) })
  await host.sh('mv /usr/sbin/dnsmasq.away /usr/sbin/dnsmasq')
  expect(failed).toMatchObject({ status: 409, body: { title: expect.stringContaining('dnsmasq') } })
  expect((await call('GET', '/networks/unstarted')).status).toBe(404)
})

test('deleted and brought back by its XML it is the same', async () => {
  await make({ name: 'gone', mode: 'isolated', bridge: 'virbr45', ipv4: ipv4(5) })
  const before = await network('gone')
  const removed = await call<RemovedNetwork>('DELETE', '/networks/gone')
  expect(removed).toMatchObject({ status: 200, body: { name: 'gone', active: true, autostart: true } })
  expect((await call('GET', '/networks/gone')).status).toBe(404)
  const { xml, active, autostart } = removed.body
  expect(await make({ xml, start: active, autostart })).toMatchObject({ ...before, etag: expect.any(String) })
})

test('what starts with the host is there after a reboot, the rest is not', async () => {
  await host.reboot()
  await waitUntil('libvirt to be back', 30_000, async () => {
    const answer = await call('GET', '/networks')
    return answer.status === 200 ? true : null
  })
  const { items } = (await call<{ items: LibvirtNetwork[] }>('GET', '/networks')).body
  expect(Object.fromEntries(items.map(({ name, active }) => [name, active]))).toMatchObject({
    nat: true,
    alone: false,
    routed: true,
    gone: true,
  })
})
