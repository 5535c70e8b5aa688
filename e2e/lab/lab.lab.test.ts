import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findLab, openLab, type Lab } from './lab.ts'
import type { LabHost } from './host.ts'
import { FLAVOURS, LAB_PASSWORD } from './host-spec.ts'
import { expectOk, isAlive, run, waitUntil, type Ran } from './process.ts'

let lab: Lab
const machineBefore = await machineState()

beforeAll(async () => {
  lab = await openLab({ say: console.error })
})
afterAll(async () => {
  await lab?.close()
})

/** What a lab must leave as it was: the machine's interfaces, mounts, namespaces and settings. */
async function machineState() {
  const links = (await expectOk(['ip', '-br', 'link'])).split('\n').map((line) => line.split(/[ @]/)[0] ?? '')
  const settings = [
    'kernel/hostname',
    'kernel/core_pattern',
    'net/ipv4/ip_forward',
    'net/ipv4/conf/all/rp_filter',
    'vm/swappiness',
  ]
  return {
    links: links.filter((name) => !name.startsWith('dbl-')),
    settings: settings.map((name) => readFileSync(`/proc/sys/${name}`, 'utf8')),
    mounts: readFileSync('/proc/self/mounts', 'utf8')
      .split('\n')
      .filter((line) => line.includes('overlay')),
  }
}

const SSH = [
  'ssh',
  '-F',
  'none',
  '-o',
  'StrictHostKeyChecking=no',
  '-o',
  'UserKnownHostsFile=/dev/null',
  '-o',
  'LogLevel=ERROR',
]

function ssh(host: LabHost, user: string, command: string): Promise<Ran> {
  const key = ['-i', host.keyPath, '-o', 'IdentitiesOnly=yes', '-o', 'BatchMode=yes', '-o', 'ConnectTimeout=5']
  return run([...SSH, ...key, `${user}@${host.address}`, command], { timeoutMs: 30_000 })
}

function sshByPassword(host: LabHost, user: string, command: string): Promise<Ran> {
  const password = ['-o', 'PubkeyAuthentication=no', '-o', 'NumberOfPasswordPrompts=1', '-o', 'ConnectTimeout=5']
  // ssh asks a program for the password when it has no terminal; `printenv` answers with one of its own variables.
  const ask = ['env', 'SSH_ASKPASS_REQUIRE=force', `SSH_ASKPASS=${askpassPath}`, `LAB_PASSWORD=${LAB_PASSWORD}`]
  return run([...ask, ...SSH, ...password, `${user}@${host.address}`, command], { timeoutMs: 30_000 })
}
const askpassPath = new URL('./scripts/askpass.sh', import.meta.url).pathname

const pings = async (address: string) => (await run(['ping', '-c1', '-W1', '-q', address])).code === 0

async function rxPackets(host: LabHost, nic: string): Promise<number> {
  const line = (await host.sh('cat /proc/net/dev')).split('\n').find((text) => text.trim().startsWith(`${nic}:`))
  return Number(line?.split(':')[1]?.trim().split(/\s+/)[1])
}

describe('every flavour', () => {
  test('boots on its NIC and on a bridge of its own, and is there again after a reboot', async () => {
    const specs = FLAVOURS.flatMap((flavour, n) => [
      { flavour, bridge: false, name: `plain${n}` },
      { flavour, bridge: true, name: `bridged${n}` },
    ])
    const hosts = await Promise.all(specs.map((spec) => lab.addHost(spec)))
    const check = async (host: LabHost) => {
      const { flavour, bridge } = host.record
      const device = bridge ? 'br0' : 'enp1s0'
      const seen = {
        flavour,
        root: (await ssh(host, 'root', 'hostname')).stdout.trim(),
        sudo: (await ssh(host, 'kvmadmin', 'sudo -n id -u')).stdout.trim(),
        addresses: (await host.sh(`ip -br addr show ${device}`)).includes(
          `${host.address}/24 ${host.record.address6}/64`,
        ),
        port: (await host.exec(['test', '-e', '/sys/class/net/br0/brif/enp1s0'])).code === 0,
        pings: await pings(host.address),
        failed: (await host.sh('systemctl --failed --no-legend --plain')).trim(),
      }
      const wanted = { flavour, root: host.name, sudo: '0', addresses: true, port: bridge, pings: true, failed: '' }
      expect(seen).toEqual(wanted)
    }
    await Promise.all(hosts.map(check))
    const bridged = hosts.filter((host) => host.record.bridge)
    const before = await Promise.all(bridged.map((host) => host.bootId()))
    await Promise.all(bridged.map((host) => host.reboot()))
    for (const [n, host] of bridged.entries()) {
      expect(await host.bootId()).not.toBe(before[n])
      expect(await pings(host.address)).toBe(true)
    }
    await Promise.all(hosts.map((host) => host.remove()))
  })
})

describe('one host', () => {
  let host: LabHost
  beforeAll(async () => {
    host = await lab.addHost({ name: 'one', bridge: true })
  })

  test('is a real one: systemd, libvirt, TCG only', async () => {
    expect((await host.sh('cat /proc/1/comm')).trim()).toBe('systemd')
    const capabilities = await host.sh('virsh -c qemu:///system capabilities')
    expect(capabilities).toContain(`<domain type='qemu'`)
    expect(capabilities).not.toContain(`<domain type='kvm'`)
    expect(await host.sh('perl -e "print 1" && python3 -c "print(2)"')).toBe('12\n')
  })

  test('takes the lab password once, and limited has to give it to sudo', async () => {
    expect((await sshByPassword(host, 'kvmadmin', 'whoami')).stdout).toBe('kvmadmin\n')
    expect((await sshByPassword(host, 'root', 'whoami')).stdout).toBe('')
    expect((await ssh(host, 'limited', 'sudo -n id -u')).code).not.toBe(0)
    expect((await ssh(host, 'limited', `echo ${LAB_PASSWORD} | sudo -S -p '' id -u`)).stdout).toBe('0\n')
  })

  test('runs guests of both boot kinds on br0', async () => {
    const [kernel, disk] = await Promise.all([
      host.addGuest({ name: 'k', agent: true }),
      host.addGuest({ name: 'd', boot: 'disk' }),
    ])
    expect(await pings(kernel.address)).toBe(true)
    expect(await pings(disk.address)).toBe(true)
    const seeded = await fetch(`http://${disk.address}/meta-data`)
    expect(await seeded.text()).toContain('local-hostname: seeded-guest')
    await waitUntil('the guest’s agent to tell its address', 30_000, async () => {
      const told = await host.exec(['virsh', '-q', '-c', 'qemu:///system', 'domifaddr', 'k', '--source', 'agent'])
      return told.stdout.includes(kernel.address) ? true : null
    })
    await host.sh('virsh -q -c qemu:///system destroy d')
  })

  test('comes back from a power cut and from being off', async () => {
    const before = await host.bootId()
    await host.powerCut()
    expect(host.state()).toBe('off')
    expect(await pings(host.address)).toBe(false)
    await host.powerOn()
    expect(await host.bootId()).not.toBe(before)
    await host.powerOff()
    expect(await pings(host.address)).toBe(false)
    await host.powerOn()
    expect(await pings(host.address)).toBe(true)
  })

  test('sees its cable pulled, also after a boot', async () => {
    const carrier = async () => (await host.sh('cat /sys/class/net/enp1s0/carrier')).trim()
    await host.carrier('enp1s0', 'down')
    expect(await carrier()).toBe('0')
    expect(await pings(host.address)).toBe(false)
    await host.powerCut()
    await host.powerOn({ ssh: false })
    await host.sh('until ip link show br0 | grep -q ,UP; do sleep 0.1; done')
    expect(await carrier()).toBe('0')
    await host.carrier('enp1s0', 'up')
    await host.waitForSsh()
    expect(await carrier()).toBe('1')
  })

  test('runs out of disk and gets it back', async () => {
    await host.fillDisk()
    const full = await host.exec(['sh', '-c', 'cat /proc/version >/etc/x'])
    expect(full.stderr).toContain('No space left on device')
    await host.freeDisk()
    await host.sh('cat /proc/version >/etc/x && rm /etc/x')
  })

  test('gets other host keys', async () => {
    const scan = async () =>
      (await expectOk(['sh', '-c', `ssh-keyscan -t ed25519 ${host.address} 2>/dev/null | ssh-keygen -lf -`])).split(
        ' ',
      )[1]
    const before = await host.fingerprints()
    expect(before.find((key) => key.type === 'ed25519')?.sha256).toBe(await scan())
    const after = await host.rekey()
    expect(after.find((key) => key.type === 'ed25519')?.sha256).toBe(await scan())
    expect(after).not.toContainEqual(before.find((key) => key.type === 'ed25519'))
  })

  test('can be without sshd', async () => {
    await host.sshd('stop')
    expect((await ssh(host, 'root', 'true')).code).toBe(255)
    await host.sshd('start')
    expect((await ssh(host, 'root', 'true')).code).toBe(0)
  })

  test.each([{ kind: 'udp' }, { kind: 'icmp' }] as const)(
    'counts the 20,000 $kind packets/s it is sent',
    async ({ kind }) => {
      const once = async (): Promise<number> => {
        const before = await rxPackets(host, 'enp1s0')
        const { sent, failed, elapsedMs } = await lab.source({ kind, to: host.address, pps: 20_000, seconds: 3 }).done
        const seen = (await rxPackets(host, 'enp1s0')) - before
        expect(failed).toBe(0)
        expect(Math.abs(seen / sent - 1)).toBeLessThan(0.01)
        return Math.abs((sent * 1000) / elapsedMs / 20_000 - 1)
      }
      // Every packet counts each time; for the pace a machine with other work to do gets three tries.
      let off = await once()
      for (let tries = 1; off >= 0.01 && tries < 3; tries++) off = await once()
      expect(off).toBeLessThan(0.01)
    },
  )

  test('counts frames to a MAC nobody has', async () => {
    const before = await rxPackets(host, 'enp2s0')
    await host.sh('ip link set enp2s0 up')
    const { sent } = await lab.source({ to: { mac: '02:00:00:00:00:99' }, pps: 5000, seconds: 1 }).done
    expect((await rxPackets(host, 'enp2s0')) - before).toBeGreaterThanOrEqual(sent)
  })
})

test('labs stand side by side', async () => {
  await using other = await openLab()
  const host = await other.addHost({ name: 'one' })
  expect(other.subnet).not.toBe(lab.subnet)
  expect(await pings(host.address)).toBe(true)
  expect(findLab(other.id)?.host('one').address).toBe(host.address)
})

test('a lab ends with its owner, even one killed with SIGKILL', async () => {
  const program = `
    import { openLab } from ${JSON.stringify(new URL('./lab.ts', import.meta.url).href)}
    const lab = await openLab()
    const host = await lab.addHost({ bridge: true })
    console.log(JSON.stringify({ id: lab.id, cgroup: lab.record.cgroup, address: host.address }))
    setInterval(() => {}, 1000)`
  const owner = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const line = await new Promise<string>((resolve, reject) => {
    owner.stdout.on('data', (chunk: Buffer) => resolve(chunk.toString()))
    owner.on('close', () => reject(new Error('the owner ended too soon')))
  })
  const { id, cgroup, address } = JSON.parse(line) as { id: string; cgroup: string; address: string }
  expect(await pings(address)).toBe(true)
  const init = readFileSync(`/run/drawbridge-lab/${id}/hosts/host1/init`, 'utf8').trim().split(' ')
  owner.kill('SIGKILL')
  await waitUntil('the lab to be gone', 15_000, () => (existsSync(`/run/drawbridge-lab/${id}`) ? null : true))
  expect(isAlive({ pid: Number(init[0]), start: init[1] ?? '' })).toBe(false)
  expect(existsSync(cgroup)).toBe(false)
  expect(await expectOk(['ip', 'netns'])).not.toContain(`dbl-${id}`)
  expect(await expectOk(['ip', '-br', 'link'])).not.toContain(`dbl-${id}`)
})

test('the command line finds a lab again from another process', async () => {
  const cli = (...args: string[]) =>
    run([process.execPath, new URL('./cli.ts', import.meta.url).pathname, '--lab', 'clitest', ...args], {
      timeoutMs: 60_000,
    })
  const up = await cli('up', '--guests', '1', '--traffic', '500', '--json')
  const { name, guests } = JSON.parse(up.stdout) as { name: string; guests: { address: string }[] }
  expect(guests).toHaveLength(1)
  expect((await cli('shell', name, '--', 'hostname')).stdout).toBe(`${name}\n`)
  const host = findLab('clitest')?.host(name)
  const before = host === undefined ? 0 : await rxPackets(host, 'vnet0')
  await waitUntil('traffic', 10_000, async () =>
    host && (await rxPackets(host, 'vnet0')) > before + 200 ? true : null,
  )
  expect((await cli('list')).stdout).toContain('clitest')
  expect((await cli('down')).code).toBe(0)
  expect((await cli('list')).stdout).not.toContain('clitest')
})

test('the machine is as it was', async () => {
  expect(await machineState()).toEqual(machineBefore)
})
