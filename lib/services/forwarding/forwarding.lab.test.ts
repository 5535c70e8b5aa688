/** Forwarding through the API on a real host, with a guest on br0 and guests behind bridges of their own. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openDoor, type Door } from '../../../e2e/harness/door.ts'
import { labSession } from '../../../e2e/harness/lab-session.ts'
import type { LabGuest } from '../../../e2e/lab/guest.ts'
import type { LabHost } from '../../../e2e/lab/host.ts'
import { openLab, type Lab } from '../../../e2e/lab/lab.ts'
import { waitUntil } from '../../../e2e/lab/process.ts'
import type { Forwarding } from '../../contract/forwarding.ts'
import { applyForwarding } from '../../host/forwarding.ts'
import { err } from '../../kit/result.ts'
import { noForwarding } from '../../net/forwarding.ts'
import { sshFailure } from '../../ssh/failure.ts'
import { sshPool } from '../../ssh/pool.ts'

let lab: Lab
let host: LabHost
let guest: LabGuest
let door: Door
let cookies: string

const call = async (method: string, path: string, body?: unknown) =>
  door.call(method, `/hosts/fwd${path}`, body, { cookies })
const state = async (): Promise<Forwarding> => (await call('GET', '/forwarding')).body as Forwarding
const set = (config: object) => call('PUT', '/forwarding', { config })
const codes = ({ warnings }: Forwarding) => warnings.map(({ code, family }) => `${code} ${family}`)

const answers = (...argv: string[]): boolean => {
  try {
    execFileSync('ping', ['-c1', '-W1', '-q', ...argv], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
const reached = (...argv: string[]) =>
  waitUntil(`${argv.join(' ')} to answer`, 30_000, () => Promise.resolve(answers(...argv) ? true : null))
/** The guest's own IPv6 address on its link, and by which of ours to reach it. */
const linkLocal = ({ mac }: LabGuest) => {
  const [a = '', b = '', c = '', d = '', e = '', f = ''] = mac.split(':')
  const first = (Number.parseInt(a, 16) ^ 2).toString(16)
  const route = JSON.parse(execFileSync('ip', ['-j', 'route', 'get', host.address], { encoding: 'utf8' })) as [
    { dev: string },
  ]
  return `fe80::${first}${b}:${c}ff:fe${d}:${e}${f}%${route[0].dev}`
}
const inGuest = (address: string, line: string) =>
  host.sh(`printf '%s\\n' "$(cat)" | nc -w 20 ${address} 7`, { stdin: line })
const drop = () => host.sh('iptables -P FORWARD DROP; ip6tables -P FORWARD DROP')

beforeAll(async () => {
  lab = await openLab({ say: console.error })
  host = await lab.addHost({ name: 'fwd', bridge: true })
  guest = await host.addGuest()
  door = await openDoor()
  cookies = await door.claim()
  const fingerprint = (await host.fingerprints()).find(({ type }) => type === 'ed25519')?.sha256
  const signIn = { kind: 'stored-key', privateKey: readFileSync(host.keyPath, 'utf8') }
  const wanted = { name: 'fwd', address: host.address, port: 22, user: 'root', fingerprint, signIn }
  const added = await door.call('POST', '/hosts', wanted, { cookies })
  if (added.status !== 201) throw new Error(added.text)
  await call('POST', '/facts/refresh')
})
afterAll(async () => {
  sshPool().close()
  await door?.close()
  await lab?.close()
})

describe('a FORWARD policy of DROP', () => {
  test('cuts a bridged guest off, and is named with the ways out, for IPv4 and IPv6', async () => {
    await reached(guest.address)
    await reached('-6', linkLocal(guest))
    expect((await state()).warnings).toEqual([])
    await drop()
    expect(answers(guest.address)).toBe(false)
    expect(answers('-6', linkLocal(guest))).toBe(false)
    const now = await state()
    expect(codes(now)).toEqual(['bridged-dropped ipv4', 'bridged-dropped ipv6'])
    expect(now.warnings[0]?.fixes.map(({ kind }) => kind)).toEqual(['pass', 'bypass'])
    expect(now.warnings[0]?.text).toContain('ip filter FORWARD')
  })

  test('is not overruled by an accept in another table', async () => {
    await host.sh(`nft 'table inet other { chain f { type filter hook forward priority filter - 5; accept; }; }'`)
    expect(answers(guest.address)).toBe(false)
    await host.sh('nft delete table inet other')
  })

  test('lets through what our own chain names, in both families', async () => {
    const applied = await set({ passBridged: ['br0'], passFirewall: true })
    expect(applied).toMatchObject({ status: 200, body: { inEffect: true, warnings: [] } })
    await reached(guest.address)
    await reached('-6', linkLocal(guest))
  })

  test('again after a reboot, with Docker’s own chain in between', async () => {
    const docker = `[Unit]\nDescription=Stands for Docker\n[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/sh -c 'for i in iptables ip6tables; do $i -P FORWARD DROP; $i -N DOCKER-USER; $i -A DOCKER-USER -j RETURN; $i -I FORWARD -j DOCKER-USER; done'\n[Install]\nWantedBy=multi-user.target\n`
    await host.sh('cat >/etc/systemd/system/docker.service && systemctl enable docker', { stdin: docker })
    await host.reboot()
    await host.sh(`virsh -q -c qemu:///system start ${guest.name}`)
    await reached(guest.address)
    await reached('-6', linkLocal(guest))
    const now = await state()
    expect(now).toMatchObject({ docker: true, inEffect: true, warnings: [] })
    expect(await host.sh('iptables -S DOCKER-USER')).toMatch(/-A DOCKER-USER -j DRAWBRIDGE\n-A DOCKER-USER -j RETURN/)
    expect(await host.sh('iptables -S FORWARD')).not.toContain('DRAWBRIDGE')
  })

  test('drops again once it is asked no more, and nothing of ours stays', async () => {
    expect(await set({})).toMatchObject({ status: 200, body: { inEffect: null, docker: true } })
    expect(answers(guest.address)).toBe(false)
    expect(codes(await state())).toEqual(['bridged-dropped ipv4', 'bridged-dropped ipv6'])
    const left = await host.sh(
      `ls -d /etc/drawbridge /etc/systemd/system/drawbridge* /etc/systemd/system/*/drawbridge* /etc/sysctl.d/*drawbridge* /run/drawbridge/* 2>/dev/null; iptables-save | grep DRAWBRIDGE; nft list tables | grep drawbridge; true`,
    )
    expect(left).toBe('')
    await host.sh('systemctl disable docker; rm /etc/systemd/system/docker.service; systemctl daemon-reload')
    await host.sh('for i in iptables ip6tables; do $i -P FORWARD ACCEPT; done')
    await reached(guest.address)
  })
})

describe('NAT, port forwards and isolation on bridges', () => {
  let first: LabGuest
  let second: LabGuest
  const nat = { bridge: 'virbr51', subnet: '10.51.0.0/24', uplink: 'br0' }

  beforeAll(async () => {
    // Mode open: libvirt makes the bridge and gives out addresses, and no rule of a firewall.
    for (const number of [51, 52]) {
      const ipv4 = {
        address: `10.${number}.0.1`,
        prefix: 24,
        ranges: [{ start: `10.${number}.0.100`, end: `10.${number}.0.199` }],
      }
      const made = await call('POST', '/networks', {
        name: `net${number}`,
        mode: 'open',
        bridge: `virbr${number}`,
        ipv4,
      })
      if (made.status !== 201) throw new Error(made.text)
    }
    await call('POST', '/facts/refresh')
    first = await host.addGuest({ name: 'first', network: 'net51' })
    second = await host.addGuest({ name: 'second', network: 'net52' })
  })

  test('a guest gets out by the host’s address, and in by a port', async () => {
    const outside = `10.99.${lab.record.number}.1`
    expect(await inGuest(first.address, `ping -c1 -W2 ${outside}`)).not.toContain('1 packets received')
    const ports = [{ protocol: 'tcp', port: 8080, address: first.address, toPort: 80 }]
    const applied = await set({ nat: [nat], ports })
    expect(applied).toMatchObject({ status: 200, body: { inEffect: true, forwarding: { ipv4: true }, warnings: [] } })
    expect(await inGuest(first.address, `ping -c1 -W3 ${outside}`)).toContain('1 packets received')
    // The guest's web server has nothing to give, which is an answer.
    const answer = await fetch(`http://${host.address}:8080/`)
    expect(answer.status).toBe(404)
    await drop()
    expect(codes(await state())).toContain('routed-dropped ipv4')
    expect(await inGuest(first.address, `ping -c1 -W2 ${outside}`)).not.toContain('1 packets received')
    expect(await set({ nat: [nat], ports, passBridged: ['br0'], passFirewall: true })).toMatchObject({ status: 200 })
    expect(await inGuest(first.address, `ping -c1 -W3 ${outside}`)).toContain('1 packets received')
    expect((await fetch(`http://${host.address}:8080/`)).status).toBe(404)
    await host.sh('for i in iptables ip6tables; do $i -P FORWARD ACCEPT; done')
  })

  test('bridges that are kept apart do not reach one another', async () => {
    const ping = () => inGuest(first.address, `ping -c1 -W2 ${second.address}`)
    expect(await ping()).toContain('1 packets received')
    await set({ nat: [nat], isolated: [{ a: 'virbr51', b: 'virbr52' }] })
    expect(await ping()).not.toContain('1 packets received')
    await set({ nat: [nat] })
    expect(await ping()).toContain('1 packets received')
  })

  test('flushed by another tool: told, and loaded again when that tool starts anew', async () => {
    await host.sh('nft flush ruleset')
    expect(await state()).toMatchObject({ inEffect: false, warnings: [{ code: 'not-in-effect' }] })
    await host.sh('systemctl restart nftables')
    await waitUntil('our table to be back', 10_000, async () => ((await state()).inEffect === true ? true : null))
    await host.sh('systemctl reload nftables')
    await waitUntil('our table to be back', 10_000, async () => ((await state()).inEffect === true ? true : null))
    await host.sh('systemctl stop nftables')
  })

  test('somebody else’s tables are as they were', async () => {
    await host.sh('systemctl start drawbridge-forwarding')
    await host.sh('nft add table inet theirs && nft add chain inet theirs c')
    const others = () => host.sh('nft delete table inet drawbridge; nft -s list ruleset')
    const before = await others()
    await set({ nat: [nat], isolated: [{ a: 'virbr51', b: 'virbr52' }] })
    expect(await others()).toBe(before)
  })
})

describe('nobody is locked out', () => {
  test('the port of SSH can’t lead elsewhere', async () => {
    const ports = [{ protocol: 'tcp', port: 22, address: '10.51.0.9', toPort: 22 }]
    expect(await set({ ports })).toMatchObject({ status: 422, body: { errors: [{ field: 'ports.0.port' }] } })
  })

  test('when no new connection succeeds, all is as before and the answer says so', async () => {
    await set({})
    const before = await host.sh('nft -s list ruleset; ls /etc/drawbridge 2>&1; cat /proc/sys/net/ipv4/ip_forward')
    await host.sh('nft add table inet block; nft add chain inet block i "{ type filter hook input priority 0; }"')
    await host.sh('nft add rule inet block i tcp dport 22 ct state new drop')
    const refused = await set({ nat: [{ bridge: 'virbr51', subnet: '10.51.0.0/24', uplink: null }] })
    expect(refused).toMatchObject({ status: 502, body: { code: 'forwarding-undone' } })
    await host.sh('nft delete table inet block')
    expect(await host.sh('nft -s list ruleset; ls /etc/drawbridge 2>&1; cat /proc/sys/net/ipv4/ip_forward')).toBe(
      before,
    )
  })

  test('when the dashboard is gone too, the host undoes it by itself', async () => {
    await using session = await labSession(host)
    const config = { ...noForwarding, nat: [{ bridge: 'virbr51', subnet: '10.51.0.0/24', uplink: null }] }
    const applying = applyForwarding(session.value, config, [], () => {
      session.value.close()
      return Promise.resolve(err(sshFailure('closed', 'gone')))
    })
    expect((await applying).ok).toBe(false)
    expect(await host.sh('nft list tables')).toContain('inet drawbridge')
    await waitUntil('the host to undo it', 30_000, async () =>
      (await host.sh('nft list tables')).includes('inet drawbridge') ? null : true,
    )
    await waitUntil('nothing to stay', 5000, async () => ((await host.sh('ls /run/drawbridge')) === '' ? true : null))
  })
})
