/** VLANs of NICs on a Linux bridge with libvirt 9, which sets none there. Tier 2: this machine's kernel has no VLAN filtering. */
import { existsSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openDoor, type Door } from '../../../../e2e/harness/door.ts'
import { openLab, type Lab } from '../../../../e2e/lab/lab.ts'
import type { LabMachine } from '../../../../e2e/lab/machine.ts'
import { waitUntil } from '../../../../e2e/lab/process.ts'
import type { EditedVm } from '../../../contract/vm-edit.ts'
import type { VmDetail } from '../../../contract/vms.ts'
import { keeper } from '../../../live/keeper.ts'
import { sshPool } from '../../../ssh/pool.ts'
import { watchHosts } from '../../hosts/watch.ts'

const missing = process.getuid?.() !== 0 ? 'it needs root' : existsSync('/sys/fs/cgroup') ? null : 'it needs cgroup2'
const mac = '52:54:00:20:20:20'

describe.skipIf(missing !== null)('a NIC on a VLAN-aware Linux bridge', () => {
  let lab: Lab
  let machine: LabMachine
  let door: Door
  let cookies: string

  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- what comes back is what the caller says it is
  const call = async <T>(method: string, path: string, body?: unknown) => {
    const answer = await door.call(method, `/vms/vlans:bare${path}`, body, { cookies })
    return { status: answer.status, body: answer.body as T }
  }
  /** VLANs of the NIC's port as the kernel has them: `20 PVID Egress Untagged`. */
  const portVlans = async (): Promise<string[]> => {
    const { body } = await call<VmDetail>('GET', '')
    const tap = body.nics.find((nic) => nic.mac === mac)?.tap ?? 'none'
    const shown = await machine.sh(`bridge -j vlan show dev ${tap}`)
    const [port] = JSON.parse(shown) as { vlans: { vlan: number; flags?: string[] }[] }[]
    return (port?.vlans ?? []).map(({ vlan, flags = [] }) => [vlan, ...flags].join(' '))
  }

  beforeAll(async () => {
    lab = await openLab({ say: console.error })
    machine = await lab.addMachine({ name: 'vlans', bridge: true })
    await machine.sh('ip link add brv type bridge vlan_filtering 1 && ip link set brv up')
    await machine.sh('cat | virsh -q -c qemu:///system define /dev/stdin', {
      // It runs no system: its port is what is looked at.
      stdin: `<domain type='qemu'><name>bare</name><memory unit='MiB'>32</memory>
        <os><type arch='x86_64' machine='pc'>hvm</type></os><devices><interface type='bridge'><mac address='${mac}'/>
        <source bridge='brv'/><model type='virtio'/></interface></devices></domain>`,
    })
    await machine.sh('virsh -q -c qemu:///system start bare')
    door = await openDoor()
    cookies = await door.claim()
    await watchHosts(() => new Date())
    const fingerprint = (await machine.fingerprints()).find(({ type }) => type === 'ed25519')?.sha256
    const signIn = { kind: 'stored-key', privateKey: readFileSync(machine.keyPath, 'utf8') }
    const wanted = { name: 'vlans', address: machine.address, port: 22, user: 'root', fingerprint, signIn }
    const added = await door.call('POST', '/hosts', wanted, { cookies })
    if (added.status !== 201) throw new Error(added.text)
  }, 600_000)
  afterAll(async () => {
    await keeper().stop()
    sshPool().close()
    await door?.close()
    await lab?.close()
  })

  test('gets its VLAN at once, as a trunk too, and has it again after each start', async () => {
    expect(await portVlans()).toEqual(['1 PVID Egress Untagged'])
    const tagged = await call<EditedVm>('PATCH', `/nics/${mac}`, { vlan: { tags: [20] } })
    expect(tagged).toMatchObject({ status: 200, body: { outcome: [{ field: 'vlan', when: 'now', message: null }] } })
    expect(tagged.body.vm).toMatchObject({ pending: [], nics: [{ vlan: { trunk: false, tags: [20] } }] })
    expect(await portVlans()).toEqual(['20 PVID Egress Untagged'])
    await call('PATCH', `/nics/${mac}`, { vlan: { trunk: true, tags: [20, 30], native: 30 } })
    expect(await portVlans()).toEqual(['20', '30 PVID Egress Untagged'])
    await machine.sh('virsh -q -c qemu:///system destroy bare && virsh -q -c qemu:///system start bare')
    await waitUntil('the new port to have the VLANs', 60_000, async () =>
      (await portVlans()).join() === '20,30 PVID Egress Untagged' ? true : null,
    )
  })

  test('has none again, and none on a bridge that can’t keep them apart', async () => {
    await call('PATCH', `/nics/${mac}`, { vlan: null })
    expect(await portVlans()).toEqual(['1 PVID Egress Untagged'])
    const plain = { source: { kind: 'bridge', bridge: 'br0' }, vlan: { tags: [20] } }
    expect(await call('PATCH', `/nics/${mac}`, plain)).toMatchObject({
      status: 422,
      body: { title: expect.stringMatching(/br0 does not keep VLANs apart/) },
    })
  })
})
