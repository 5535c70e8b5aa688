import { mkdirSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { labSession } from '../../e2e/harness/lab-session.ts'
import { openLab, type Lab } from '../../e2e/lab/lab.ts'
import { FLAVOURS, type Flavour } from '../../e2e/lab/host-spec.ts'
import type { LabGuest } from '../../e2e/lab/guest.ts'
import type { LabHost } from '../../e2e/lab/host.ts'
import type { HostFacts } from '../facts/facts.ts'
import type { Session } from '../ssh/session.ts'
import { readFacts, readRawFacts } from './facts.ts'

let lab: Lab
const hosts = new Map<Flavour, { host: LabHost; guest: LabGuest }>()
const now = () => new Date()

beforeAll(async () => {
  lab = await openLab({ say: console.error })
  for (const [index, flavour] of FLAVOURS.entries()) {
    const host = await lab.addHost({ name: `h${index}`, flavour, bridge: true })
    hosts.set(flavour, { host, guest: await host.addGuest() })
  }
})
afterAll(() => lab?.close())

const of = (flavour: Flavour) => {
  const found = hosts.get(flavour)
  if (found === undefined) throw new Error(`no host of flavour ${flavour}`)
  return found
}

async function factsOf(session: Session): Promise<HostFacts> {
  const facts = await readFacts(session, now)
  if (!facts.ok) throw new Error(facts.error.title)
  return facts.value
}

const linkOf = (facts: HostFacts, name: string) => facts.network.links.find((link) => link.name === name)

describe.each(FLAVOURS)('a %s host', (flavour) => {
  test('tells its bridge, ports, the VM behind the tap, and the management path', async () => {
    const { host, guest } = of(flavour)
    await using session = await labSession(host)
    const facts = await factsOf(session.value)
    expect(facts.gaps).toEqual([])
    expect(facts.hostname).toBe(host.name)
    expect(facts.bootId).toBe(await host.bootId())
    expect(facts.os).toMatchObject({ id: 'debian', version: '12', packageManager: 'apt', initSystem: 'systemd' })
    expect(facts.network.backEnd).toBe(flavour)
    expect(facts.network.managementPath).toMatchObject({ localAddress: host.address, links: ['br0', 'enp1s0'] })
    const tap = facts.network.links.find(({ vm }) => vm?.domain === guest.name)
    expect(tap).toMatchObject({
      kind: 'tap',
      backEnd: 'libvirt',
      master: 'br0',
      up: true,
      vm: { mac: guest.mac, model: 'virtio' },
    })
    expect(linkOf(facts, 'br0')).toMatchObject({
      kind: 'bridge',
      backEnd: flavour,
      bridge: { stp: false, vlanFiltering: false },
    })
    expect(new Set(linkOf(facts, 'br0')?.bridge?.ports)).toEqual(new Set(['enp1s0', tap?.name]))
    expect(linkOf(facts, 'br0')?.addresses).toContainEqual(
      expect.objectContaining({ address: host.address, prefix: 24, dynamic: false }),
    )
    expect(linkOf(facts, 'enp1s0')).toMatchObject({
      backEnd: flavour,
      master: 'br0',
      bridgePort: { state: 'forwarding' },
      rxQueues: 4,
    })
    expect(facts.libvirt).toMatchObject({
      state: 'running',
      libvirtVersion: '9.0.0',
      qemuVersion: expect.stringMatching(/^7\.2\./),
    })
    expect(facts.domains).toEqual([
      expect.objectContaining({
        name: guest.name,
        state: 'running',
        type: 'qemu',
        vcpus: 1,
        memoryBytes: 192 * 1024 * 1024,
        nics: [expect.objectContaining({ mac: guest.mac, source: 'br0', tap: tap?.name })],
      }),
    ])
    expect(facts.kvm).toMatchObject({ state: 'unusable', hasDevice: false })
    if (process.env['RECORD_FACTS'] !== undefined) await record(session.value, `debian-12-${flavour}`)
  })

  test('tells a user with sudo the same', async () => {
    const { host } = of(flavour)
    await using root = await labSession(host)
    await using user = await labSession(host, 'kvmadmin')
    const [asRoot, asUser] = [await factsOf(root.value), await factsOf(user.value)]
    expect(asUser.network.links).toEqual(asRoot.network.links)
    expect({ ...asUser, ...changing }).toEqual({ ...asRoot, ...changing })
  })
})

/** What differs between two readings of one host. */
const changing = { takenAt: null, os: null, memory: null, network: null }

test('reading changes nothing on the host', async () => {
  const { host } = of('networkd')
  await using session = await labSession(host)
  // All of a lab host's own files, its devices and what systemd and libvirt keep in /run, without what time changes.
  const listing = () =>
    host.sh(
      `find /etc /dev /root /home /srv /opt /usr/local /var/lib/libvirt /run/libvirt /run/systemd/netif /run/NetworkManager -xdev \\( -name 'pts' -prune -o -printf '%p %y %m %U %s\\n' \\) | sort; cat /proc/modules | cut -d' ' -f1 | sort`,
    )
  const before = await listing()
  await factsOf(session.value)
  expect(await listing()).toBe(before)
})

test('a user without sudo and libvirt still gets the network, and sentences for the rest', async () => {
  await using session = await labSession(of('networkd').host, 'limited')
  const facts = await factsOf(session.value)
  expect(facts.network.managementPath?.links).toEqual(['br0', 'enp1s0'])
  expect(facts.libvirt).toMatchObject({ state: 'running', libvirtVersion: null })
  expect(facts.gaps).toEqual([
    expect.stringContaining('sudo asks limited for a password'),
    expect.stringContaining('without root rights'),
    expect.stringContaining('libvirt does not let this user in'),
  ])
})

test('a user with sudo alone reaches libvirt through it', async () => {
  const { host, guest } = of('ifupdown')
  await host.sh('gpasswd -d kvmadmin libvirt')
  try {
    await using session = await labSession(host, 'kvmadmin')
    const facts = await factsOf(session.value)
    expect(facts.gaps).toEqual([])
    expect(facts.domains.map(({ name }) => name)).toEqual([guest.name])
  } finally {
    await host.sh('gpasswd -a kvmadmin libvirt')
  }
})

test('where sshd forwards no sockets, libvirt is reached by its helper', async () => {
  const { host, guest } = of('netplan')
  await host.sh('echo "AllowStreamLocalForwarding no" > /etc/ssh/sshd_config.d/no-sockets.conf && systemctl reload ssh')
  await host.waitForSsh()
  try {
    await using session = await labSession(host)
    const facts = await factsOf(session.value)
    expect(facts.domains.map(({ name }) => name)).toEqual([guest.name])
  } finally {
    await host.sh('rm /etc/ssh/sshd_config.d/no-sockets.conf && systemctl reload ssh')
    await host.waitForSsh()
  }
})

test('missing tools are gaps, and the rest is still told', async () => {
  const { host } = of('ifupdown2')
  const tools = '/usr/sbin/ethtool /usr/sbin/bridge /usr/bin/timeout /usr/bin/systemd-detect-virt /usr/sbin/nft'
  await host.sh(`for tool in ${tools}; do mv $tool $tool.away; done`)
  try {
    await using session = await labSession(host)
    const facts = await factsOf(session.value)
    expect(facts.gaps).toEqual([
      expect.stringContaining('bridge (of iproute2)'),
      expect.stringContaining('ethtool is not installed'),
    ])
    expect(facts.network.managementPath?.links).toEqual(['br0', 'enp1s0'])
    expect(facts.network.firewall.kind).toBe('unknown')
  } finally {
    await host.sh(`for tool in ${tools}; do mv $tool.away $tool; done`)
  }
})

test('names that the kernel and libvirt allow, and a shell would obey, come back as text', async () => {
  const { host } = of('networkd')
  const names = ['-x', 'br0;reboot', '$(id)', 'a\u001b[31mb', '`x`&|']
  for (const name of names) await host.exec(['ip', 'link', 'add', 'name', name, 'type', 'bridge'])
  try {
    await using session = await labSession(host)
    const facts = await factsOf(session.value)
    const found = facts.network.links.map(({ name }) => name)
    expect(found).toEqual(expect.arrayContaining(['-x', 'br0;reboot', '$(id)', '`x`&|']))
    // `ip` writes an underscore for the escape; where it does not, the parser writes its own mark.
    expect(found).toContainEqual(expect.stringMatching(/^a[_\ufffd]\[31mb$/))
    expect(facts.gaps).toEqual([])
  } finally {
    for (const name of names) await host.exec(['ip', 'link', 'del', 'dev', name])
  }
})

test('a host that lists KVM without the CPU’s flag is not believed', async () => {
  const host = await lab.addHost({ name: 'kvm', kvm: 'machine' })
  await using session = await labSession(host)
  const facts = await factsOf(session.value)
  expect(facts.kvm.hasDevice).toBe(true)
  expect(facts.kvm.state).toBe('unusable')
  expect(facts.kvm.reason).toMatch(facts.kvm.hasCpuFlag ? /boot sector/ : /no vmx or svm flag/)
})

async function record(session: Session, name: string): Promise<void> {
  const raw = await readRawFacts(session)
  if (!raw.ok) throw new Error(raw.error.title)
  const directory = `${import.meta.dirname}/../facts/cases/${name}`
  mkdirSync(directory, { recursive: true })
  writeFileSync(
    `${directory}/answer.txt`,
    raw.value.answer
      .replaceAll(raw.value.nonce, '0'.repeat(32))
      // Which kernel this machine happens to have is nobody's business.
      .replace(/^(\/proc\/sys\/kernel\/osrelease:[\d.]+).*$/m, '$1'),
  )
  writeFileSync(`${directory}/libvirt.json`, `${JSON.stringify(raw.value.libvirt, null, 2)}\n`)
}
