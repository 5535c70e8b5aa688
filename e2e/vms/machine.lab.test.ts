import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PoolList, StoragePool, Volume } from '../../lib/contract/storage.ts'
import type { NewVm, StartedVm, VmPlan } from '../../lib/contract/vm-create.ts'
import type { AddedDisk, AddedNic, EditedVm, GuestNic } from '../../lib/contract/vm-edit.ts'
import type { VmDetail } from '../../lib/contract/vms.ts'
import { keeper } from '../../lib/live/keeper.ts'
import { watchHosts } from '../../lib/services/hosts/watch.ts'
import { sshPool } from '../../lib/ssh/pool.ts'
import { openDoor, type Door } from '../harness/door.ts'
import { jobEnd } from '../harness/vm-jobs.ts'
import { leaseOf } from '../lab/guest.ts'
import { openLab, type Lab } from '../lab/lab.ts'
import type { LabMachine } from '../lab/machine.ts'
import { run, waitUntil } from '../lab/process.ts'

/**
 * What this machine's own kernel lacks, on a whole machine that is booted once: KVM with vhost, a VLAN-aware bridge, Open
 * vSwitch's kernel path, macvtap, LVM, NFS. It takes minutes without hardware KVM, so it runs with
 * `./drawbridge test --faults`.
 */
describe.skipIf(process.env.DRAWBRIDGE_FAULTS !== 'all')('VMs on a whole machine', () => {
  let lab: Lab
  let machine: LabMachine
  let door: Door
  let cookies: string
  const bootMs = 600_000
  const mebibyte = 1024 ** 2
  const mac = '52:54:00:20:00:01'
  const ovsMac = '52:54:00:20:00:02'

  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- what comes back is what the caller says it is
  const call = async <T>(method: string, path: string, body?: unknown): Promise<{ status: number; body: T }> => {
    const answer = await door.call(method, path, body, { cookies })
    return { status: answer.status, body: answer.body as T }
  }
  const vm = async (): Promise<VmDetail> => (await call<VmDetail>('GET', '/vms/m1:first')).body
  const nicOf = ({ nics }: VmDetail, address: string) => nics.find((nic) => nic.mac === address)
  /** From a network namespace of the host that is in one VLAN; the guest's neighbours there all have the same addresses. */
  const pings = async (namespace: string, address: string) =>
    (await machine.exec(['ip', 'netns', 'exec', namespace, 'ping', '-c1', '-W2', '-q', address])).code === 0
  const answers = (namespace: string, address: string) =>
    waitUntil(`it to answer in ${namespace}`, bootMs, async () => ((await pings(namespace, address)) ? true : null))
  const inGuest = (namespace: string, address: string, line: string) =>
    machine.sh(`printf '%s\\n' "$(cat)" | ip netns exec ${namespace} nc -w 30 ${address} 7`, { stdin: line })

  const small: NewVm = {
    name: 'x',
    host: 'm1',
    vcpus: 1,
    memoryBytes: 64 * mebibyte,
    disks: [],
    nics: [],
    agent: false,
    vnc: false,
    start: false,
  }
  const plan = async (wanted: NewVm): Promise<VmPlan> => {
    const planned = await call<VmPlan>('POST', '/vms/plan', wanted)
    if (planned.status !== 200) throw new Error(JSON.stringify(planned.body))
    return planned.body
  }
  const make = async (wanted: NewVm): Promise<VmDetail> => {
    const answer = await door.call('POST', '/vms', wanted, { cookies })
    if (answer.status !== 202) throw new Error(answer.text)
    const { job, vm: begun } = answer.body as StartedVm
    const ended = await jobEnd(door, { ...answer, body: job }, { cookies }, bootMs)
    if (ended.state !== 'done') throw new Error(JSON.stringify(ended))
    return (await call<VmDetail>('GET', `/vms/${begun.id}`)).body
  }

  beforeAll(async () => {
    lab = await openLab({ say: console.error })
    machine = await lab.addMachine({ name: 'm1', bridge: true, nics: 3 })
    await machine.sh(`
      ip link add br1 type bridge vlan_filtering 1 && ip link set enp2s0 master br1 && ip link set enp2s0 up
      ip link set br1 up && ip link set enp3s0 up
      for v in 20 30; do
        bridge vlan add dev br1 vid $v self
        ip netns add v$v && ip link add link br1 name br1.$v type vlan id $v && ip link set br1.$v netns v$v
        ip -n v$v addr add 10.77.1.1/24 dev br1.$v && ip -n v$v link set br1.$v up
      done
      systemctl -q unmask openvswitch-switch ovsdb-server ovs-vswitchd ovs-record-hostname
      systemctl start openvswitch-switch && ovs-vsctl add-br ovs1
      for v in 40 50; do
        ovs-vsctl add-port ovs1 int$v tag=$v -- set interface int$v type=internal
        ip netns add o$v && ip link set int$v netns o$v
        ip -n o$v addr add 10.77.2.1/24 dev int$v && ip -n o$v link set int$v up
      done
      truncate -s 1G /root/pv && vgcreate -q vg0 $(losetup -f --show /root/pv)
      mkdir -p /srv/export && echo '/srv/export *(rw,no_root_squash,no_subtree_check)' >/etc/exports
      systemctl start nfs-server`)
    door = await openDoor()
    cookies = await door.claim()
    const fingerprint = (await machine.fingerprints()).find(({ type }) => type === 'ed25519')?.sha256
    const signIn = { kind: 'stored-key', privateKey: readFileSync(machine.keyPath, 'utf8') }
    const wanted = { name: 'm1', address: machine.address, port: 22, user: 'root', fingerprint, signIn }
    const added = await door.call('POST', '/hosts', wanted, { cookies })
    if (added.status !== 201) throw new Error(added.text)
    // A tap is a new port at each start; whoever watches the host puts it where it belongs.
    await watchHosts(() => new Date())
    const pool = { name: 'default', kind: 'dir', path: '/var/lib/libvirt/images' }
    const made = await door.call('POST', '/hosts/m1/pools', pool, { cookies })
    if (made.status !== 201) throw new Error(made.text)
  }, 900_000)
  afterAll(async () => {
    await keeper().stop()
    sshPool().close()
    await door?.close()
    await lab?.close()
  })

  describe('a pool of a volume group', () => {
    const volumes = '/hosts/m1/pools/lvm/volumes'
    const logicalVolumes = async () =>
      (await machine.sh('lvs --noheadings -o lv_name vg0')).split(/\s+/).filter(Boolean)

    it('is offered, ZFS is not: this libvirt has no driver for it', async () => {
      const { body } = await call<PoolList>('GET', '/hosts/m1/pools')
      expect(body.offered).toEqual(['dir', 'logical', 'netfs'])
      expect(await call('POST', '/hosts/m1/pools', { name: 'z', kind: 'zfs', dataset: 'tank' })).toMatchObject({
        status: 422,
        body: { errors: [{ field: 'kind', message: expect.stringMatching(/can’t do this kind of pool \(zfs\)/) }] },
      })
    })

    it('is of a group that is there', async () => {
      expect(await call('POST', '/hosts/m1/pools', { name: 'lvm', kind: 'logical', volumeGroup: 'vg9' })).toMatchObject(
        { status: 409, body: { code: 'no-volume-group' } },
      )
      expect(await call('POST', '/hosts/m1/pools', { name: 'lvm', kind: 'logical', volumeGroup: 'vg0' })).toMatchObject(
        {
          status: 201,
          body: { state: 'running', source: 'vg0', path: '/dev/vg0', holdsImages: false, volumes: 0 },
        },
      )
    })

    it('has volumes that are made, grow and go', async () => {
      expect(await call<Volume>('POST', volumes, { name: 'data', capacityBytes: 64 * mebibyte })).toMatchObject({
        status: 201,
        body: { kind: 'block', path: '/dev/vg0/data', capacityBytes: 64 * mebibyte, usedBy: [] },
      })
      expect(await call('POST', volumes, { name: 'q', capacityBytes: 64 * mebibyte, format: 'qcow2' })).toMatchObject({
        status: 422,
        body: { errors: [{ field: 'format', message: expect.stringMatching(/block devices/) }] },
      })
      expect(await call('POST', volumes, { name: 'big', capacityBytes: 4096 * mebibyte })).toMatchObject({
        status: 422,
        body: { errors: [{ field: 'capacityBytes', message: expect.stringMatching(/are missing/) }] },
      })
      const resize = (capacityBytes: number) => call<Volume>('POST', `${volumes}/data/resize`, { capacityBytes })
      // 4 MiB to an extent: LVM gives whole ones.
      expect(await resize(97 * mebibyte)).toMatchObject({ status: 200, body: { capacityBytes: 100 * mebibyte } })
      expect((await machine.sh('blockdev --getsize64 /dev/vg0/data')).trim()).toBe(String(100 * mebibyte))
      expect((await resize(64 * mebibyte)).status).toBe(422)
      expect(await resize(4096 * mebibyte)).toMatchObject({
        status: 422,
        body: { errors: [{ field: 'capacityBytes', message: expect.stringMatching(/are missing/) }] },
      })
      expect((await call('DELETE', `${volumes}/data`)).status).toBe(204)
      expect(await logicalVolumes()).toEqual([])
    })
  })

  describe('a pool of an NFS share', () => {
    const share = { name: 'share', kind: 'netfs', host: '127.0.0.1', export: '/srv/export', path: '/mnt/share' }
    const mounted = async () => (await machine.exec(['mountpoint', '-q', '/mnt/share'])).code === 0

    it('of a share that is not there is not made, and says so', async () => {
      expect(await call('POST', '/hosts/m1/pools', { ...share, export: '/srv/none' })).toMatchObject({
        status: 409,
        body: { code: 'mount-failed' },
      })
      expect((await call<PoolList>('GET', '/hosts/m1/pools')).body.items.map(({ name }) => name)).not.toContain('share')
    })

    it('mounts it; its volumes are files of the server', async () => {
      expect(await call<StoragePool>('POST', '/hosts/m1/pools', share)).toMatchObject({
        status: 201,
        body: { state: 'running', source: '127.0.0.1:/srv/export', holdsImages: true },
      })
      expect(await mounted()).toBe(true)
      const volumes = '/hosts/m1/pools/share/volumes'
      expect((await call('POST', volumes, { name: 'v.qcow2', capacityBytes: 64 * mebibyte })).status).toBe(201)
      const grown = await call('POST', `${volumes}/v.qcow2/resize`, { capacityBytes: 96 * mebibyte })
      expect(grown).toMatchObject({ status: 200, body: { format: 'qcow2', capacityBytes: 96 * mebibyte } })
      expect(await machine.sh('qemu-img info /srv/export/v.qcow2')).toContain('96 MiB')
      expect((await call('DELETE', `${volumes}/v.qcow2`)).status).toBe(204)
      expect((await machine.sh('ls /srv/export')).trim()).toBe('')
    })

    it('unmounts it when it stops', async () => {
      expect((await call('POST', '/hosts/m1/pools/share/stop')).status).toBe(200)
      expect(await mounted()).toBe(false)
      expect((await call('POST', '/hosts/m1/pools/share/start')).status).toBe(200)
      expect(await mounted()).toBe(true)
    })
  })

  describe('a VM with a disk of LVM, made by the API', () => {
    it(
      'runs by KVM, its NICs by vhost with a queue per vCPU',
      async () => {
        const wanted: NewVm = {
          ...small,
          name: 'first',
          type: 'kvm',
          vcpus: 4,
          memoryBytes: 256 * mebibyte,
          agent: true,
          disks: [{ from: 'image', image: 'guest.qcow2', mode: 'copy', pool: 'lvm', sizeBytes: 64 * mebibyte }],
          nics: [
            { source: { kind: 'bridge', bridge: 'br1' }, vlan: { tags: [20] }, mac },
            { source: { kind: 'bridge', bridge: 'ovs1' }, vlan: { tags: [40] }, mac: ovsMac },
          ],
          cloudInit: {
            networks: [
              { nic: 0, dhcp4: false, addresses: ['10.77.1.2/24'] },
              { nic: 1, dhcp4: false, addresses: ['10.77.2.2/24'] },
            ],
          },
          start: true,
        }
        expect(await plan(wanted)).toMatchObject({ refusals: [], type: 'kvm', nics: [{ queues: 4 }, { queues: 4 }] })
        const made = await make(wanted)
        expect(made).toMatchObject({
          type: 'kvm',
          state: 'running',
          disks: expect.arrayContaining([expect.objectContaining({ source: '/dev/vg0/first-vda', format: 'raw' })]),
        })
        const open = await machine.sh('ls -l /proc/$(cat /run/libvirt/qemu/first.pid)/fd')
        expect(open.match(/\/dev\/vhost-net/g)).toHaveLength(8)
        expect(open).toContain('kvm-vm')
      },
      bootMs,
    )

    it(
      'answers on its VLAN of the bridge and on no other, and uses all queues',
      async () => {
        await answers('v20', '10.77.1.2')
        expect(await pings('v30', '10.77.1.2')).toBe(false)
        const seen = await waitUntil('the agent to answer', bootMs, async () => {
          const { body } = await call<GuestNic>('GET', `/vms/m1:first/nics/${mac}/guest`)
          return body.reason === null ? body : null
        })
        expect(seen).toMatchObject({ rxQueues: 4, txQueues: 4, findings: [] })
      },
      bootMs,
    )

    it('is put on another VLAN while it runs', async () => {
      const edited = await call<EditedVm>('PATCH', `/vms/m1:first/nics/${mac}`, { vlan: { tags: [30] } })
      expect(edited).toMatchObject({ status: 200, body: { outcome: [{ field: 'vlan', when: 'now', message: null }] } })
      await answers('v30', '10.77.1.2')
      expect(await pings('v20', '10.77.1.2')).toBe(false)
    }, 180_000)

    describe('its NIC on Open vSwitch', () => {
      const port = async () => {
        const tap = nicOf(await vm(), ovsMac)?.tap ?? ''
        return (await machine.sh(`ovs-vsctl get port ${tap} tag trunks vlan_mode`)).trim().split('\n')
      }
      const edit = (body: object) => call<EditedVm>('PATCH', `/vms/m1:first/nics/${ovsMac}`, body)

      it('is in its VLAN from the start', async () => {
        expect(await port()).toEqual(['40', '[]', '[]'])
        await answers('o40', '10.77.2.2')
        expect(await pings('o50', '10.77.2.2')).toBe(false)
      }, 180_000)

      it('moves to another while it runs, and is a trunk', async () => {
        const moved = await edit({ vlan: { tags: [50] } })
        expect(moved).toMatchObject({ status: 200, body: { outcome: [{ field: 'vlan', when: 'now', message: null }] } })
        expect(moved.body.vm.pending).toEqual([])
        expect(await port()).toEqual(['50', '[]', '[]'])
        await answers('o50', '10.77.2.2')
        expect(await pings('o40', '10.77.2.2')).toBe(false)
        const trunk = await edit({ vlan: { trunk: true, tags: [40, 50], native: 40 } })
        expect(trunk.body.outcome).toEqual([{ field: 'vlan', when: 'now', message: null }])
        expect(await port()).toEqual(['40', '[40, 50]', 'native-untagged'])
        await answers('o40', '10.77.2.2')
        const none = await edit({ vlan: null })
        expect(none.body.outcome).toEqual([{ field: 'vlan', when: 'now', message: null }])
        expect(await port()).toEqual(['[]', '[]', '[]'])
        await edit({ vlan: { tags: [40] } })
      }, 180_000)

      it('only its bridges are bridges to choose, and they lead where their ports do', async () => {
        const choices = await call<{ bridges: object[] }>('GET', '/vms/m1:first/choices')
        expect(choices.body.bridges).toMatchObject([
          { name: 'br0', kind: 'linux', uplinks: ['enp1s0'] },
          { name: 'br1', kind: 'linux', vlanAware: true, uplinks: ['enp2s0'] },
          { name: 'ovs1', kind: 'ovs', up: true, vlanAware: true, uplinks: [] },
        ])
      })
    })

    describe('a NIC on macvtap', () => {
      const source = { kind: 'direct' as const, device: 'enp3s0' }
      let tapMac: string

      it('is planned with its warning, and what macvtap can’t is refused', async () => {
        const planned = await plan({ ...small, nics: [{ source, vlan: { tags: [7] } }] })
        expect(planned.warnings).toContainEqual({
          field: 'nics.0.source',
          message: expect.stringMatching(/By macvtap the VM and m1 itself do not reach each other over enp3s0/),
        })
        expect(planned.refusals).toContainEqual({
          field: 'nics.0.vlan',
          message: expect.stringMatching(/macvtap knows no VLANs/),
        })
        const other = await plan({ ...small, nics: [{ source: { ...source, device: 'enp9s0' } }] })
        expect(other.refusals).toEqual([{ field: 'nics.0.source', message: expect.stringMatching(/no enp9s0/) }])
      })

      it('of a new VM is one, with vhost and all queues', async () => {
        const made = await make({ ...small, name: 'second', type: 'kvm', vcpus: 2, nics: [{ source }], start: true })
        expect(made).toMatchObject({ state: 'running', nics: [{ sourceKind: 'direct', source: 'enp3s0', queues: 2 }] })
        const link = await machine.sh(`ip -d link show ${made.nics[0]?.tap}`)
        expect(link).toMatch(/macvtap\s+mode bridge/)
        expect(link).toContain(made.nics[0]?.mac)
        expect((await call('DELETE', '/vms/m1:second', { force: true, disks: [] })).status).toBeLessThan(300)
        expect(await machine.sh('ip -br link')).not.toContain('macvtap')
      }, 180_000)

      it('is plugged into what runs, and reaches the LAN', async () => {
        for (const [wrong, field] of [
          [{ vlan: { tags: [7] } }, 'vlan'],
          [{ filter: 'clean-traffic' }, 'filter'],
          [{ isolated: true }, 'isolated'],
        ] as const) {
          const refused = await call('POST', '/vms/m1:first/nics', { source, ...wrong })
          expect(refused).toMatchObject({ status: 422, body: { errors: [{ field }] } })
        }
        const added = await call<AddedNic>('POST', '/vms/m1:first/nics', { source, queues: 2 })
        expect(added).toMatchObject({ status: 201, body: { outcome: [{ field: 'nic', when: 'now', message: null }] } })
        tapMac = added.body.mac
        const dhcp = `for i in /sys/class/net/eth*; do grep -q ${tapMac} $i/address && n=\${i##*/}; done; ip link set $n up; udhcpc -q -n -i $n -s /bin/dhcp.sh`
        await waitUntil('the guest to have a lease by it', 120_000, async () => {
          await inGuest('v30', '10.77.1.2', dhcp)
          return leaseOf(lab.record, tapMac)
        })
        const address = leaseOf(lab.record, tapMac) ?? ''
        expect((await run(['ping', '-c3', '-W2', '-q', address])).code).toBe(0)
      }, 240_000)

      it('can have its cable pulled; what needs another device waits for the next start', async () => {
        const edit = (body: object) => call<EditedVm>('PATCH', `/vms/m1:first/nics/${tapMac}`, body)
        const address = leaseOf(lab.record, tapMac) ?? ''
        expect((await edit({ linkUp: false })).body.outcome).toEqual([{ field: 'linkUp', when: 'now', message: null }])
        expect((await run(['ping', '-c1', '-W2', '-q', address])).code).not.toBe(0)
        expect((await edit({ linkUp: true })).body.outcome).toEqual([{ field: 'linkUp', when: 'now', message: null }])
        const mode = await edit({ source: { ...source, mode: 'private' } })
        expect(mode).toMatchObject({
          status: 200,
          body: { outcome: [{ field: 'source', when: 'next-start', message: expect.any(String) }] },
        })
        const replugged = await edit({ source: { kind: 'bridge', bridge: 'br0' }, apply: 'replug' })
        expect(replugged.body.outcome).toEqual([{ field: 'source', when: 'now', message: null }])
        expect(nicOf(await vm(), tapMac)).toMatchObject({ sourceKind: 'bridge', source: 'br0' })
        const back = await edit({ source, apply: 'replug' })
        expect(back.body.outcome).toEqual([{ field: 'source', when: 'now', message: null }])
        expect(await machine.sh('ip -br link')).toContain('macvtap')
      }, 240_000)

      it('is pulled out while it runs', async () => {
        const removed = await call<EditedVm>('DELETE', `/vms/m1:first/nics/${tapMac}`)
        expect(removed.body.outcome).toEqual([{ field: 'nic', when: 'now', message: null }])
        expect(await machine.sh('ip -br link')).not.toContain('macvtap')
      }, 180_000)
    })

    it('its disk on LVM grows while it runs, as the guest sees', async () => {
      const grown = await call<EditedVm>('POST', '/vms/m1:first/disks/vda/resize', { sizeBytes: 97 * mebibyte })
      expect(grown).toMatchObject({ status: 200, body: { outcome: [{ field: 'sizeBytes', when: 'now' }] } })
      expect((await machine.sh('blockdev --getsize64 /dev/vg0/first-vda')).trim()).toBe(String(100 * mebibyte))
      const sectors = await inGuest('v30', '10.77.1.2', 'cat /sys/block/vda/size')
      expect(Number(sectors) * 512).toBe(100 * mebibyte)
    }, 180_000)

    it('gets disks of NFS and LVM while it runs, which are not deleted beneath it', async () => {
      for (const [pool, path] of [
        ['share', '/mnt/share/extra'],
        ['lvm', '/dev/vg0/extra'],
      ] as const) {
        const volume = { kind: 'new', pool, volume: 'extra', sizeBytes: 16 * mebibyte, format: 'raw' }
        const added = await call<AddedDisk>('POST', '/vms/m1:first/disks', { source: volume })
        expect(added).toMatchObject({ status: 201, body: { outcome: [{ field: 'disk', when: 'now', message: null }] } })
        const { target } = added.body
        await waitUntil('the guest to see it', 60_000, async () => {
          const sectors = await inGuest('v30', '10.77.1.2', `cat /sys/block/${target}/size`)
          return Number(sectors) * 512 === 16 * mebibyte ? true : null
        })
        await inGuest('v30', '10.77.1.2', `echo from-the-guest | dd of=/dev/${target} conv=fsync`)
        expect(await machine.sh(`head -c 14 ${path}`)).toBe('from-the-guest')
        expect(await call('DELETE', `/hosts/m1/pools/${pool}/volumes/extra`)).toMatchObject({
          status: 409,
          body: { code: 'volume-in-use', title: expect.stringMatching(/in use by .*first/) },
        })
        expect((await call('POST', `/hosts/m1/pools/${pool}/stop`)).status).toBe(409)
        const removed = await call<EditedVm>('DELETE', `/vms/m1:first/disks/${target}`)
        expect(removed.body.outcome).toEqual([{ field: 'disk', when: 'now', message: null }])
      }
      for (const [pool, path] of [
        ['share', '/srv/export/extra'],
        ['lvm', '/dev/vg0/extra'],
      ] as const) {
        expect(await call('DELETE', `/hosts/m1/pools/${pool}/volumes/extra`)).toMatchObject({ status: 204 })
        expect((await machine.exec(['test', '-e', path])).code).toBe(1)
        expect((await call('GET', `/hosts/m1/pools/${pool}/volumes/extra`)).status).toBe(404)
      }
    }, 240_000)

    it(
      'keeps to its VLANs when it starts again',
      async () => {
        expect((await call('POST', '/vms/m1:first/destroy')).status).toBeLessThan(300)
        await waitUntil('it to be off', 60_000, async () => ((await vm()).state === 'shut-off' ? true : null))
        const grown = await call<EditedVm>('POST', '/vms/m1:first/disks/vda/resize', { sizeBytes: 104 * mebibyte })
        expect(grown.status).toBe(200)
        expect((await call('POST', '/vms/m1:first/start')).status).toBeLessThan(300)
        const tap = await waitUntil('it to run', 60_000, async () => nicOf(await vm(), mac)?.tap ?? null)
        await waitUntil('its port to be on its VLAN', 60_000, async () => {
          const vlans = await machine.sh(`bridge -j vlan show dev ${tap}`)
          return vlans.includes('"vlan":30') && !vlans.includes('"vlan":1,') ? true : null
        })
        const ovsTap = nicOf(await vm(), ovsMac)?.tap ?? ''
        expect((await machine.sh(`ovs-vsctl get port ${ovsTap} tag`)).trim()).toBe('40')
      },
      bootMs,
    )

    it('goes with its disk when that is named', async () => {
      const disks = (await vm()).disks
        .filter(({ device }) => device === 'disk')
        .map(({ target, source }) => ({ target, source }))
      expect((await call('DELETE', '/vms/m1:first', { force: true, disks })).status).toBeLessThan(300)
      expect((await machine.sh('lvs --noheadings vg0')).trim()).toBe('')
      expect(await machine.sh('ovs-vsctl list-ports ovs1')).not.toContain('vnet')
      expect((await call('DELETE', '/hosts/m1/pools/lvm')).status).toBe(204)
      expect((await call('DELETE', '/hosts/m1/pools/share')).status).toBe(204)
      expect((await machine.exec(['mountpoint', '-q', '/mnt/share'])).code).not.toBe(0)
    }, 180_000)
  })
})
