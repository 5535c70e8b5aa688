import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { labSession } from '../../e2e/harness/lab-session.ts'
import type { LabHost } from '../../e2e/lab/host.ts'
import { openLab, type Lab } from '../../e2e/lab/lab.ts'
import { expectOk, waitUntil } from '../../e2e/lab/process.ts'
import type { Check } from '../contract/hosts.ts'
import type { Session } from '../ssh/session.ts'
import { examineHost } from './doctor.ts'
import { fixCheck, preparationSteps } from './prepare.ts'

let lab: Lab
let host: LabHost
const now = () => new Date()

beforeAll(async () => {
  lab = await openLab({ say: console.error })
  host = await lab.addHost({ name: 'patient', bridge: true })
})
afterAll(() => lab?.close())

async function checksOf(session: Session): Promise<Map<string, Check>> {
  const examined = await examineHost(session, now)
  if (!examined.ok) throw new Error(examined.error.title)
  return new Map(examined.value.checks.map((check) => [check.id, check]))
}

async function fix(session: Session, id: string, signal?: AbortSignal) {
  const lines: string[] = []
  const result = await fixCheck(session, id, {
    now,
    log: (line) => lines.push(line),
    ...(signal === undefined ? {} : { signal }),
  })
  return { result, lines, commands: lines.filter((line) => line.startsWith('$ ')) }
}

/** Fixes it, and sees that fixing it again runs nothing. */
async function fixTwice(session: Session, id: string) {
  const first = await fix(session, id)
  expect(first.result).toMatchObject({ ok: true, value: { id, state: 'ok', fix: null } })
  const second = await fix(session, id)
  expect(second.result).toMatchObject({ ok: true, value: { id, state: 'ok' } })
  expect(second.commands).toEqual([])
  return first
}

test('looking changes nothing', async () => {
  await using session = await labSession(host)
  const listing = () =>
    host.sh(
      `find /etc /dev /run/libvirt /run/drawbridge /var/lib/libvirt -xdev -printf '%p %y %m %s\\n' 2>/dev/null | grep -v /dev/pts | sort`,
    )
  const before = await listing()
  const checks = await checksOf(session.value)
  expect([...checks.keys()]).toEqual([
    'sudo',
    'packages',
    'kvm',
    'modules',
    'services',
    'groups',
    'br-netfilter',
    'default-network',
    'storage-pool',
  ])
  expect(checks.get('packages')?.state).toBe('ok')
  expect(await listing()).toBe(before)
})

describe.each(['root', 'kvmadmin'])('as %s', (user) => {
  const prefix = user === 'root' ? '$ ' : '$ sudo '

  test('a removed default network comes back, and starts with the host', async () => {
    await host.sh('virsh -q net-destroy default 2>/dev/null; virsh -q net-undefine default')
    await using session = await labSession(host, user)
    const shown = (await checksOf(session.value)).get('default-network')
    expect(shown).toMatchObject({ state: 'missing', evidence: 'libvirt has no network named “default”.' })
    const { commands, lines } = await fixTwice(session.value, 'default-network')
    // What was shown is what ran.
    expect(lines.join('\n')).toContain(shown?.fix?.commands[0] ?? 'nothing was shown')
    expect(commands).toHaveLength(shown?.fix?.commands.length ?? 0)
    expect(commands.every((line) => line.startsWith(prefix))).toBe(true)
    expect(await host.sh('virsh -q net-list --all')).toMatch(/^ default +active +yes +yes/m)
  })

  test('a stopped and disabled libvirt runs again, and starts with the host', async () => {
    const units = 'libvirtd.service libvirtd.socket libvirtd-ro.socket libvirtd-admin.socket'
    await host.sh(`systemctl disable --now ${units} 2>/dev/null; ! systemctl is-active libvirtd`)
    await using session = await labSession(host, user)
    const checks = await checksOf(session.value)
    expect(checks.get('services')).toMatchObject({
      state: 'missing',
      evidence: 'Not running: libvirtd; not enabled at boot: libvirtd.',
    })
    expect(checks.get('storage-pool')?.state).toBe('unknown')
    await fixTwice(session.value, 'services')
    expect(await host.sh('systemctl is-enabled libvirtd.service && systemctl is-active libvirtd.socket')).toBe(
      'enabled\nactive\n',
    )
    expect((await checksOf(session.value)).get('storage-pool')?.state).not.toBe('unknown')
  })

  test('a masked one too', async () => {
    await host.sh(
      'systemctl disable --now libvirtd.service libvirtd.socket libvirtd-ro.socket libvirtd-admin.socket 2>/dev/null; systemctl mask libvirtd.service libvirtd.socket',
    )
    await using session = await labSession(host, user)
    await fixTwice(session.value, 'services')
    expect(await host.sh('virsh -q list --all; systemctl is-active libvirtd')).toContain('active')
  })

  test('a storage pool is made', async () => {
    await host.sh('virsh -q pool-destroy default 2>/dev/null; virsh -q pool-undefine default 2>/dev/null; true')
    await using session = await labSession(host, user)
    await fixTwice(session.value, 'storage-pool')
    expect(await host.sh('virsh -q pool-list --all')).toMatch(/^ default +active +yes/m)
  })

  test('br_netfilter is switched off, and stays so', async () => {
    await host.sh(
      'rm -f /etc/sysctl.d/90-drawbridge* /etc/udev/rules.d/90-drawbridge*; sysctl -q -w net.bridge.bridge-nf-call-iptables=1',
    )
    await using session = await labSession(host, user)
    expect((await checksOf(session.value)).get('br-netfilter')).toMatchObject({
      state: 'warning',
      evidence: expect.stringMatching(/^On for IPv4/),
    })
    await fixTwice(session.value, 'br-netfilter')
    expect(await host.sh('cat /proc/sys/net/bridge/bridge-nf-call-*')).toBe('0\n0\n0\n')
    expect(
      await host.sh(
        `stat -c '%a %U' /etc/sysctl.d/90-drawbridge-bridge.conf /etc/udev/rules.d/90-drawbridge-bridge.rules`,
      ),
    ).toBe('644 root\n644 root\n')
    // As systemd does at boot.
    await host.sh(
      'sysctl -q -w net.bridge.bridge-nf-call-iptables=1; sysctl -q --system >/dev/null; grep -q 0 /proc/sys/net/bridge/bridge-nf-call-iptables',
    )
  })
})

test('a user who is not in the group libvirt gets into it', async () => {
  await host.sh('gpasswd -d kvmadmin libvirt')
  await using session = await labSession(host, 'kvmadmin')
  const { commands } = await fixTwice(session.value, 'groups')
  expect(commands).toEqual(['$ sudo usermod -a -G libvirt kvmadmin'])
  expect(await host.sh('id -nG kvmadmin')).toContain('libvirt')
})

test('who has no sudo is told how to get it, before anything runs', async () => {
  await using session = await labSession(host, 'limited')
  const checks = await checksOf(session.value)
  expect(checks.get('sudo')).toMatchObject({ state: 'missing', evidence: expect.stringContaining('NOPASSWD') })
  expect([...checks.values()].filter((check) => check.fix !== null)).toEqual([])
  const { result, commands } = await fix(session.value, 'groups')
  expect(result).toMatchObject({ ok: false, error: { code: 'no-fix', title: expect.stringContaining('NOPASSWD') } })
  expect(commands).toEqual([])
})

test('steps come in the order that works, whatever the order asked for', () =>
  expect(preparationSteps(['storage-pool', 'nonsense', 'packages', 'services']).map(({ id }) => id)).toEqual([
    'packages',
    'services',
    'storage-pool',
  ]))

describe('packages', () => {
  /** A package named ethtool of our own, from a source of our own: its installation waits until it is let go. */
  beforeAll(async () => {
    const scratch = mkdtempSync(join(tmpdir(), 'drawbridge-deb-'))
    try {
      await expectOk([
        'sh',
        '-c',
        `mkdir -p ${scratch}/deb/DEBIAN ${scratch}/deb/usr/sbin && printf '#!/bin/sh\\nexit 0\\n' > ${scratch}/deb/usr/sbin/ethtool && chmod 755 ${scratch}/deb/usr/sbin/ethtool
cat > ${scratch}/deb/DEBIAN/control <<'END'
Package: ethtool
Version: 1:99
Architecture: all
Maintainer: Nobody <nobody@example.org>
Description: Stands in for ethtool
END
cat > ${scratch}/deb/DEBIAN/postinst <<'END'
#!/bin/sh
echo "setting up, at \\$(date +%s)"
touch /run/ethtool-begun
while [ -e /run/ethtool-held ]; do sleep 0.1; done
END
chmod 755 ${scratch}/deb/DEBIAN/postinst
dpkg-deb --root-owner-group -b ${scratch}/deb ${scratch}/ethtool.deb`,
      ])
      const deb = readFileSync(join(scratch, 'ethtool.deb')).toString('base64')
      await host.sh('mkdir -p /srv/repo && base64 -d > /srv/repo/ethtool.deb', { stdin: deb })
    } finally {
      rmSync(scratch, { recursive: true })
    }
    await host.sh(`cd /srv/repo && { dpkg-deb -f ethtool.deb; echo "Filename: ./ethtool.deb"; echo "Size: $(stat -c %s ethtool.deb)"; echo "SHA256: $(sha256sum ethtool.deb | cut -d' ' -f1)"; } > Packages
mkdir -p /srv/away && mv /etc/apt/sources.list* /srv/away/; echo 'deb [trusted=yes] file:/srv/repo ./' > /etc/apt/sources.list`)
  })
  const remove = () =>
    host.sh('rm -f /run/ethtool-held /run/ethtool-begun; dpkg --purge ethtool >/dev/null 2>&1; ! command -v ethtool')
  const statusOf = async () => (await host.exec(['dpkg-query', '-W', '-f', '${db:Status-Status}', 'ethtool'])).stdout
  const units = () =>
    host.sh(
      `systemctl list-units --all --plain --no-legend 'drawbridge-prepare-*'; ls /run/drawbridge 2>/dev/null || true`,
    )

  test.each(['root', 'kvmadmin'])('a missing one is installed, as %s, with its log', async (user) => {
    await remove()
    await using session = await labSession(host, user)
    expect((await checksOf(session.value)).get('packages')).toMatchObject({
      state: 'missing',
      evidence: 'Not installed: ethtool (offloads, rings, channels).',
    })
    const { lines } = await fixTwice(session.value, 'packages')
    expect(lines.filter((line) => line.startsWith('setting up, at '))).toHaveLength(1)
    expect(await statusOf()).toBe('installed')
    expect(await units()).toBe('')
  })

  test('a connection that breaks half-way breaks nothing: the next try finds it under way', async () => {
    await remove()
    await host.sh('touch /run/ethtool-held')
    {
      await using session = await labSession(host)
      const broken = fix(session.value, 'packages')
      await waitUntil('the installation to begin', 60_000, async () =>
        (await host.exec(['test', '-e', '/run/ethtool-begun'])).code === 0 ? true : null,
      )
      session.value.close()
      expect((await broken).result).toMatchObject({ ok: false, error: { code: 'connection' } })
    }
    expect(await units()).toMatch(/drawbridge-prepare-\w{16}.service loaded active running/)
    await using session = await labSession(host)
    expect((await checksOf(session.value)).get('packages')).toMatchObject({
      state: 'missing',
      evidence: expect.stringContaining('just now'),
    })
    const lines: string[] = []
    const result = await fixCheck(session.value, 'packages', {
      now,
      log: (line) => {
        lines.push(line)
        if (line.includes('under way already')) void host.sh('rm /run/ethtool-held')
      },
    })
    expect(result).toMatchObject({ ok: true, value: { state: 'ok' } })
    expect(lines[0]).toContain('under way already')
    expect(lines.join()).toContain('setting up, at ')
    expect((await host.sh('dpkg --audit')) + (await statusOf())).toBe('installed')
    expect(await units()).toBe('')
  })

  test('cancelled, the package manager finishes what it has begun, and nothing more is begun', async () => {
    await remove()
    await host.sh('touch /run/ethtool-held')
    await using session = await labSession(host)
    const stop = new AbortController()
    const cancelled = fix(session.value, 'packages', stop.signal)
    await waitUntil('the installation to begin', 60_000, async () =>
      (await host.exec(['test', '-e', '/run/ethtool-begun'])).code === 0 ? true : null,
    )
    stop.abort()
    expect((await cancelled).result).toMatchObject({ ok: false, error: { code: 'cancelled' } })
    await host.sh('rm /run/ethtool-held')
    await waitUntil('dpkg to finish', 30_000, async () => ((await statusOf()) === 'installed' ? true : null))
    expect((await fix(session.value, 'packages')).commands).toEqual([])
    // Nobody came to read what was left of it.
    expect(await host.sh(`systemctl list-units --all --plain --no-legend 'drawbridge-prepare-*'`)).toBe('')
    await host.sh('rm -rf /run/drawbridge')
  })

  test('one that can’t be had fails with the package manager’s own words', async () => {
    await remove()
    await host.sh('mv /srv/repo /srv/gone')
    try {
      await using session = await labSession(host)
      const { result } = await fix(session.value, 'packages')
      expect(result).toMatchObject({
        ok: false,
        error: { code: 'command-failed', title: expect.stringMatching(/^apt-get ended with status 100: E: /) },
      })
    } finally {
      await host.sh('mv /srv/gone /srv/repo')
    }
    expect(await units()).toBe('')
  })
})

test('on a full disk a fix fails with a sentence, and is done once there is room', async () => {
  await host.sh(
    'rm -f /etc/sysctl.d/90-drawbridge* /etc/udev/rules.d/90-drawbridge*; sysctl -q -w net.bridge.bridge-nf-call-iptables=1',
  )
  await using session = await labSession(host)
  await host.fillDisk()
  try {
    expect((await fix(session.value, 'br-netfilter')).result).toMatchObject({
      ok: false,
      error: { code: 'command-failed', title: expect.stringContaining('No space left') },
    })
  } finally {
    await host.freeDisk()
  }
  await fixTwice(session.value, 'br-netfilter')
})
