/** Tier 2. One machine for all of it: booting one takes half a minute. */
import { existsSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openLab, type Lab } from './lab.ts'
import type { LabGuest } from './guest.ts'
import type { LabMachine } from './machine.ts'
import { run } from './process.ts'

const missing = process.getuid?.() !== 0 ? 'it needs root' : existsSync('/sys/fs/cgroup') ? null : 'it needs cgroup2'
if (missing !== null) console.error(`lab machine: skipped, ${missing}`)

describe.skipIf(missing !== null)('a whole machine', () => {
  let lab: Lab
  let machine: LabMachine
  let guest: Promise<LabGuest>
  const pings = async (address: string) => (await run(['ping', '-c1', '-W2', '-q', address])).code === 0
  const carrier = async (nic: string) => (await machine.sh(`cat /sys/class/net/${nic}/carrier`)).trim()

  beforeAll(async () => {
    lab = await openLab({ say: console.error })
    machine = await lab.addMachine({ name: 'm1', bridge: true })
    // It boots while the next tests run.
    guest = machine.addGuest({ name: 'k', type: 'kvm', nicDriver: 'vhost' })
    guest.catch(() => undefined)
  }, 600_000)
  afterAll(() => lab?.close())

  test('has systemd, two NICs with two queues, root by SSH, and nothing failed', async () => {
    expect((await machine.sh('cat /proc/1/comm')).trim()).toBe('systemd')
    expect((await machine.sh('systemctl --failed --no-legend --plain')).trim()).toBe('')
    expect(await machine.sh('ls /sys/class/net')).toContain('enp2s0')
    expect((await machine.sh('ls -d /sys/class/net/enp1s0/queues/rx-*')).trim().split('\n')).toHaveLength(2)
    expect(await pings(machine.address)).toBe(true)
    const argv = machine.shellArgv(['id', '-u'])
    expect((await run(argv, { timeoutMs: 60_000 })).stdout).toBe('0\n')
  })

  test('hands stdin, output and exit codes through', async () => {
    const ran = await machine.exec(['sh', '-c', 'cat; echo wrong >&2; exit 7'], { stdin: 'a\0b ’ü\n' })
    expect(ran).toEqual({ code: 7, stdout: 'a\0b ’ü\n', stderr: 'wrong\n' })
  })

  test('has what the kernel of tier 1 lacks: VLANs, VLAN-aware bridges, bonds, Open vSwitch', async () => {
    await machine.sh(`
      ip link add br9 type bridge vlan_filtering 1 && ip link set enp2s0 master br9 && ip link set br9 up
      bridge vlan add dev enp2s0 vid 20
      ip link add link br9 name br9.20 type vlan id 20
      ip link add bond9 type bond mode 802.3ad && ip link add d0 type dummy && ip link set d0 master bond9`)
    expect(await machine.sh('bridge -j vlan show dev enp2s0')).toContain('"vlan":20')
    expect(await machine.sh('ip -d link show br9.20')).toContain('vlan protocol 802.1Q id 20')
    expect(await machine.sh('cat /proc/net/bonding/bond9')).toContain('Slave Interface: d0')
    await machine.sh(`
      systemctl -q unmask openvswitch-switch ovsdb-server ovs-vswitchd ovs-record-hostname 2>/dev/null
      systemctl start openvswitch-switch && ovs-vsctl add-br ovs9`)
    expect(await machine.sh('ovs-vsctl show; ls /sys/module')).toMatch(/Bridge ovs9[\s\S]*openvswitch/)
    await machine.sh(
      'ovs-vsctl del-br ovs9; systemctl stop openvswitch-switch; for l in br9.20 br9 bond9 d0; do ip link del $l; done',
    )
  })

  test('runs a guest on its own KVM with vhost-net', async () => {
    expect(await pings((await guest).address)).toBe(true)
    expect(await machine.sh('virsh -q -c qemu:///system dumpxml k')).toContain(`<domain type='kvm'`)
    expect(await machine.sh('ps -eo comm')).toContain('vhost-')
    await machine.sh('virsh -q -c qemu:///system destroy k')
  })

  test('is kept and brought back, with what was written since forgotten', async () => {
    await machine.sh('echo before >/root/witness')
    await machine.save('ready')
    await machine.sh('echo after >/root/witness; ip link add gone type dummy')
    await machine.restore('ready')
    expect(await machine.sh('cat /root/witness; ls /sys/class/net')).toMatch(/^before\n(?![\s\S]*gone)/)
  })

  test('sees its cable pulled and plugged', async () => {
    await machine.carrier('enp1s0', 'down')
    expect(await carrier('enp1s0')).toBe('0')
    expect(await pings(machine.address)).toBe(false)
    await machine.carrier('enp1s0', 'up')
    await machine.waitForSsh()
    expect(await carrier('enp1s0')).toBe('1')
  })

  test('is off after a power cut; a new QEMU goes on from what was kept', async () => {
    const before = await machine.bootId()
    await machine.powerCut()
    expect(machine.state()).toBe('off')
    expect(await pings(machine.address)).toBe(false)
    await machine.powerOn({ ssh: false })
    await machine.restore('ready')
    expect(await machine.bootId()).toBe(before)
    expect(await machine.sh('cat /root/witness')).toBe('before\n')
  })

  test('reboots', async () => {
    const before = await machine.bootId()
    await machine.reboot({ ssh: false })
    expect(await machine.bootId()).not.toBe(before)
  })
})
