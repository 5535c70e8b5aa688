import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { EditedVm } from '../../lib/contract/vm-edit.ts'
import type { VmDetail } from '../../lib/contract/vms.ts'
import { keeper } from '../../lib/live/keeper.ts'
import { watchHosts } from '../../lib/services/hosts/watch.ts'
import { sshPool } from '../../lib/ssh/pool.ts'
import { openDoor, type Door } from '../harness/door.ts'
import type { LabGuest } from '../lab/guest.ts'
import { openLab, type Lab } from '../lab/lab.ts'
import type { LabMachine } from '../lab/machine.ts'
import { waitUntil } from '../lab/process.ts'

/**
 * What this machine's own kernel lacks, on a whole machine: a KVM guest with vhost, put on a VLAN of a VLAN-aware bridge.
 * It takes minutes without hardware KVM, so it runs with `./drawbridge test --faults`.
 */
describe.skipIf(process.env.DRAWBRIDGE_FAULTS !== 'all')('a VM on a whole machine', () => {
  let lab: Lab
  let machine: LabMachine
  let guest: LabGuest
  let door: Door
  let cookies: string
  const bootMs = 600_000

  const call = (method: string, path: string, body?: unknown) => door.call(method, path, body, { cookies })
  const vm = async (): Promise<VmDetail> => (await call('GET', '/vms/m1:first')).body as VmDetail
  /** From the host, on one of its VLANs, whose network has the same addresses as the others. */
  const pings = async (vlan: number) =>
    (await machine.exec(['ip', 'netns', 'exec', `v${vlan}`, 'ping', '-c2', '-W2', '-q', guest.address])).code === 0
  const answers = (vlan: number) =>
    waitUntil(`it to answer on VLAN ${vlan}`, bootMs, async () => ((await pings(vlan)) ? true : null))

  beforeAll(async () => {
    lab = await openLab({ say: console.error })
    machine = await lab.addMachine({ name: 'm1', bridge: true })
    await machine.sh(`
      ip link add br1 type bridge vlan_filtering 1 && ip link set enp2s0 master br1 && ip link set enp2s0 up
      ip link set br1 up
      for v in 20 30; do
        bridge vlan add dev br1 vid $v self
        ip netns add v$v && ip link add link br1 name br1.$v type vlan id $v && ip link set br1.$v netns v$v
        ip -n v$v addr add 10.99.${lab.record.number}.250/24 dev br1.$v && ip -n v$v link set br1.$v up
      done`)
    guest = await machine.addGuest({ name: 'first', type: 'kvm', nicDriver: 'vhost', bridge: 'br1' })
    door = await openDoor()
    cookies = await door.claim()
    const fingerprint = (await machine.fingerprints()).find(({ type }) => type === 'ed25519')?.sha256
    const signIn = { kind: 'stored-key', privateKey: readFileSync(machine.keyPath, 'utf8') }
    const wanted = { name: 'm1', address: machine.address, port: 22, user: 'root', fingerprint, signIn }
    const added = await call('POST', '/hosts', wanted)
    if (added.status !== 201) throw new Error(added.text)
    // A tap is a new port at each start; whoever watches the host puts it where it belongs.
    await watchHosts(() => new Date())
  }, 900_000)
  afterAll(async () => {
    await keeper().stop()
    sshPool().close()
    await door?.close()
    await lab?.close()
  })

  it('runs by KVM, its NIC by vhost', async () => {
    expect(await vm()).toMatchObject({ type: 'kvm', state: 'running' })
    const open = await machine.sh('ls -l /proc/$(cat /run/libvirt/qemu/first.pid)/fd')
    expect(open).toContain('/dev/vhost-net')
    expect(open).toContain('kvm-vm')
  }, 180_000)

  it(
    'is put on a VLAN while it runs, and is on that one alone',
    async () => {
      const edited = await call('PATCH', `/vms/m1:first/nics/${guest.mac}`, { vlan: { tags: [20] } })
      expect(edited.status).toBe(200)
      expect((edited.body as EditedVm).vm.nics[0]).toMatchObject({ source: 'br1', vlan: { trunk: false, tags: [20] } })
      await answers(20)
      expect(await pings(30)).toBe(false)
    },
    bootMs,
  )

  it(
    'keeps to its VLAN when it starts again',
    async () => {
      expect((await call('POST', '/vms/m1:first/destroy')).status).toBeLessThan(300)
      await waitUntil('it to be off', 60_000, async () => ((await vm()).state === 'shut-off' ? true : null))
      expect((await call('POST', '/vms/m1:first/start')).status).toBeLessThan(300)
      const tap = await waitUntil('it to run', 60_000, async () => (await vm()).nics[0]?.tap ?? null)
      await waitUntil('its port to be on its VLAN', 60_000, async () => {
        const vlans = await machine.sh(`bridge -j vlan show dev ${tap}`)
        return vlans.includes('"vlan":20') && !vlans.includes('"vlan":1,') ? true : null
      })
    },
    bootMs,
  )
})
