/** Making, cloning and deleting VMs through the API, on a real host with real guests. */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openDoor, type Door } from '../../../e2e/harness/door.ts'
import { leaseOf } from '../../../e2e/lab/guest.ts'
import type { LabHost } from '../../../e2e/lab/host.ts'
import { openLab, type Lab } from '../../../e2e/lab/lab.ts'
import { run, waitUntil } from '../../../e2e/lab/process.ts'
import type { Job } from '../../contract/jobs.ts'
import type { Preset } from '../../contract/presets.ts'
import type { NewVm, RemovedVm, StartedVm, VmPlan } from '../../contract/vm-create.ts'
import type { EditedVm } from '../../contract/vm-edit.ts'
import type { VmDetail } from '../../contract/vms.ts'
import { sshPool } from '../../ssh/pool.ts'
import { store } from '../../store/db.ts'

let lab: Lab
let host: LabHost
let door: Door
let cookies: string

// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- what comes back is what the caller says it is
const call = async <T>(method: string, path: string, body?: unknown): Promise<{ status: number; body: T }> => {
  const answer = await door.call(method, path, body, { cookies })
  return { status: answer.status, body: answer.body as T }
}
const mebibyte = 1024 ** 2
const images = '/var/lib/libvirt/images'

const small: NewVm = {
  name: 'x',
  vcpus: 1,
  memoryBytes: 192 * mebibyte,
  disks: [{ from: 'image', image: 'guest.qcow2', mode: 'linked' }],
  nics: [{ source: { kind: 'bridge', bridge: 'br0' } }],
}

const jobEnd = (job: Job): Promise<Job> =>
  waitUntil(`the job ${job.title} to end`, 120_000, async () => {
    const { body } = await call<Job>('GET', `/jobs/${job.id}`)
    return ['done', 'failed', 'cancelled'].includes(body.state) ? body : null
  })
const begin = async (wanted: NewVm): Promise<StartedVm> => {
  const started = await call<StartedVm>('POST', '/vms', wanted)
  if (started.status !== 202) throw new Error(JSON.stringify(started.body))
  return started.body
}
/** Makes a VM and waits for the end of its job, which must be good. */
const make = async (wanted: NewVm): Promise<VmDetail> => {
  const { job, vm } = await begin(wanted)
  const ended = await jobEnd(job)
  if (ended.state !== 'done') throw new Error(JSON.stringify(ended))
  return (await call<VmDetail>('GET', `/vms/${vm.id}`)).body
}
const addressOf = (vm: VmDetail): Promise<string> =>
  waitUntil(`${vm.name} to have an address and answer pings`, 120_000, async () => {
    const address = leaseOf(lab.record, vm.nics[0]?.mac ?? '')
    if (address === null) return null
    return (await run(['ping', '-c1', '-W1', '-q', address])).code === 0 ? address : null
  })
const inGuest = (address: string, line: string) =>
  host.sh(`printf '%s\\n' "$(cat)" | nc -w 20 ${address} 7`, { stdin: line })
const refusals = async (wanted: object): Promise<Record<string, string>> => {
  const { status, body } = await call<VmPlan>('POST', '/vms/plan', { ...small, host: 'kvm1', ...wanted })
  if (status !== 200) throw new Error(JSON.stringify(body))
  return Object.fromEntries(body.refusals.map(({ field, message }) => [field, message]))
}
const files = async () => (await host.sh(`ls ${images}`)).split('\n').filter((name) => name !== '')
const power = async (vm: string, action: string) => {
  const answer = await call('POST', `/vms/${encodeURIComponent(vm)}/${action}`, {})
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body))
}

beforeAll(async () => {
  lab = await openLab({ say: console.error })
  host = await lab.addHost({ name: 'kvm1', bridge: true })
  await host.sh(
    `virsh -q pool-define-as default dir --target ${images} && virsh -q pool-start default && virsh -q pool-autostart default`,
  )
  door = await openDoor()
  cookies = await door.claim()
  const fingerprint = (await host.fingerprints()).find(({ type }) => type === 'ed25519')?.sha256
  const signIn = { kind: 'stored-key', privateKey: readFileSync(host.keyPath, 'utf8') }
  const wanted = { name: 'kvm1', address: host.address, port: 22, user: 'root', fingerprint, signIn }
  const added = await door.call('POST', '/hosts', wanted, { cookies })
  if (added.status !== 201) throw new Error(added.text)
  await call('POST', '/hosts/kvm1/facts/refresh')
})
afterAll(async () => {
  sshPool().close()
  await door?.close()
  await lab?.close()
})

describe('from a preset', () => {
  test('the usual ones are made once', async () => {
    for (const _ of [1, 2]) {
      const made = await call<{ items: Preset[] }>('POST', '/presets/usual', { image: 'guest.qcow2' })
      expect(made.body.items.map(({ name }) => name)).toEqual(['large', 'medium', 'small'])
    }
  })

  test('a VM boots, reads its seed, is on the LAN and answers pings', async () => {
    const wanted = { name: 'web1', preset: 'small', memoryBytes: 192 * mebibyte }
    const plan = (await call<VmPlan>('POST', '/vms/plan', wanted)).body
    expect(plan).toMatchObject({
      refusals: [],
      type: 'qemu',
      host: { name: 'kvm1', reason: expect.stringMatching(/only host/) },
      nics: [{ source: 'br0', queues: 1 }],
      warnings: expect.arrayContaining([{ field: 'type', message: expect.stringMatching(/Emulated, slow/) }]),
    })
    const vm = await make({ ...wanted, cloudInit: { user: 'ada', password: 'correct horse battery' } })
    expect(vm).toMatchObject({ state: 'running', preset: 'small', image: `${images}/guest.qcow2` })
    const address = await addressOf(vm)
    expect(await inGuest(address, 'hostname; cat /run/user-data')).toMatch(/^web1[^]*hashed_passwd: \$6\$/)
  })

  test('cloud-init runs again at the next boot, with what it is told now; the old seed goes', async () => {
    const hash = '$6$rounds=5000$abcdefgh$0123456789abcdefghij'
    const again = await call<EditedVm>('PUT', '/vms/kvm1:web1/cloud-init', {
      cloudInit: { hostname: 'web-again', user: 'ada', password: hash },
    })
    expect(again).toMatchObject({ status: 200, body: { outcome: [{ field: 'cloudInit', when: 'now' }] } })
    const seeds = (await files()).filter((name) => name.startsWith('web1-seed'))
    expect(seeds).toEqual(['web1-seed-2.iso'])
    const wrong = await call('PUT', '/vms/kvm1:web1/cloud-init', { cloudInit: { hostname: 'no host name' } })
    expect(wrong).toMatchObject({ status: 422, body: { errors: [{ field: 'cloudInit.hostname' }] } })
    const vm = (await call<VmDetail>('GET', '/vms/kvm1:web1')).body
    const address = await addressOf(vm)
    await power('kvm1:web1', 'reset')
    await waitUntil('the guest to have read its new seed', 90_000, async () => {
      const told = await host.exec([
        'sh',
        '-c',
        `echo 'hostname; cat /run/meta-data /run/user-data' | nc -w 5 ${address} 7`,
      ])
      return /^web-again[^]*instance-id: [^]*\$6\$rounds=5000\$abcdefgh/.test(told.stdout) ? true : null
    })
  })

  test('what only bears the name of a seed is not deleted', async () => {
    await host.sh(`head -c 40960 /dev/zero >${images}/web1-seed-2.iso`)
    const again = await call('PUT', '/vms/kvm1:web1/cloud-init', { cloudInit: {} })
    expect(again.status).toBe(200)
    expect((await files()).filter((name) => name.startsWith('web1-seed'))).toEqual(['web1-seed-2.iso', 'web1-seed.iso'])
  })

  test('neither the password nor its hash stays here', async () => {
    const { items } = (await call<{ items: Job[] }>('GET', '/jobs?kind=vm.create')).body
    const events = await door.call('GET', `/jobs/${items[0]?.id}/events`, undefined, { cookies })
    const { rows } = await store().pool.query<{ text: string }>(
      `SELECT (SELECT string_agg(input::text, '') FROM "Job") || coalesce((SELECT string_agg("owner", '') FROM "Secret"), '') AS text`,
    )
    const kept = `${events.text}${rows[0]?.text}`
    expect(kept).toContain('web1')
    expect(kept).not.toMatch(/correct horse|\$6\$|VmCreate/)
  })
})

test('what can’t be is refused by field, with sentences, and nothing is begun', async () => {
  const before = await files()
  const mac = (await call<VmDetail>('GET', '/vms/kvm1:web1')).body.nics[0]?.mac
  const disk = (more: object) => ({ disks: [{ from: 'image', image: 'guest.qcow2', ...more }] })
  const nic = (more: object) => ({ nics: [{ source: { kind: 'bridge', bridge: 'br0' }, ...more }] })
  expect(await refusals({ name: '..' })).toHaveProperty('name', expect.stringMatching(/letters, digits/))
  expect(await refusals({ name: 'web1' })).toHaveProperty('name', expect.stringMatching(/kvm1 has a VM called web1/))
  expect(await refusals(nic({ mac }))).toHaveProperty(
    ['nics.0.mac'],
    expect.stringMatching(/belongs to the VM web1 on kvm1/),
  )
  expect(await refusals(nic({ mac: '01:00:5e:00:00:01' }))).toHaveProperty(
    ['nics.0.mac'],
    expect.stringMatching(/group/),
  )
  expect(await refusals({ nics: [{ source: { kind: 'bridge', bridge: 'br7' } }] })).toHaveProperty(
    ['nics.0.source'],
    expect.stringMatching(/no bridge br7/),
  )
  expect(await refusals(nic({ vlan: { tags: [7] } }))).toHaveProperty(
    ['nics.0.vlan'],
    expect.stringMatching(/VLAN-aware/),
  )
  expect(await refusals(nic({ queues: 300 }))).toHaveProperty(['nics.0.queues'], expect.stringMatching(/vCPUs/))
  expect(await refusals(nic({ mtu: 9000 }))).toHaveProperty(['nics.0.mtu'], expect.stringMatching(/1500/))
  expect(await refusals(disk({ image: 'nothing.qcow2' }))).toHaveProperty(
    ['disks.0.image'],
    expect.stringMatching(/Upload it/),
  )
  expect(await refusals(disk({ pool: 'fast' }))).toHaveProperty(
    ['disks.0.pool'],
    expect.stringMatching(/no storage pool fast/),
  )
  expect(await refusals(disk({ volume: 'guest.qcow2' }))).toHaveProperty(
    ['disks.0.volume'],
    expect.stringMatching(/stays as it is/),
  )
  expect(await refusals({ type: 'kvm' })).toHaveProperty('type', expect.stringMatching(/KVM does not work/))
  expect(await refusals({ firmware: 'uefi-secure', machine: 'pc' })).toHaveProperty(
    'firmware',
    expect.stringMatching(/needs the machine q35/),
  )
  expect(await refusals({ vcpus: 4096 })).toHaveProperty('vcpus', expect.stringMatching(/at most/))
  expect(await refusals({ memoryBytes: 2 ** 50 })).toHaveProperty('memoryBytes', expect.stringMatching(/are missing/))
  expect(await refusals({ cloudInit: { userData: 'packages: [a' } })).toHaveProperty(
    ['cloudInit.userData'],
    expect.stringMatching(/#cloud-config/),
  )
  await host.sh('ip link add br9 type bridge')
  await call('POST', '/hosts/kvm1/facts/refresh')
  expect(await refusals({ nics: [{ source: { kind: 'bridge', bridge: 'br9' } }] })).toHaveProperty(
    ['nics.0.source'],
    expect.stringMatching(/is down/),
  )
  const posted = await call<{ errors: { field: string }[] }>('POST', '/vms', {
    ...small,
    name: 'web1',
    disks: [],
    ...nic({ mac }),
  })
  expect(posted.status).toBe(422)
  expect(posted.body.errors.map(({ field }) => field)).toEqual(['name', 'nics.0.mac'])
  expect(await files()).toEqual(before)
})

test('a pool that is too full names how much is missing', async () => {
  await host.sh(
    'mkdir /srv/tiny && mount -t tmpfs -o size=8m tmpfs /srv/tiny && virsh -q pool-define-as tiny dir --target /srv/tiny && virsh -q pool-start tiny',
  )
  const full = await refusals({ disks: [{ from: 'image', image: 'guest.qcow2', mode: 'copy', pool: 'tiny' }] })
  expect(full).toHaveProperty(['disks.0.pool'], expect.stringMatching(/pool tiny is too full.* MiB are missing/))
})

test('a VMDK of the host is converted, with progress, and a full form is what it says', async () => {
  await host.sh(`qemu-img convert -O vmdk ${images}/guest.qcow2 /root/old.vmdk`)
  const vm = await make({
    ...small,
    name: 'full1',
    vcpus: 2,
    maxVcpus: 4,
    topology: { sockets: 1, cores: 2, threads: 2 },
    disks: [
      { from: 'import', path: '/root/old.vmdk', bus: 'scsi', cache: 'none', ioThread: true, limits: { readIops: 500 } },
      { from: 'new', sizeBytes: 64 * mebibyte, format: 'raw', volume: 'full1-data.img' },
      { from: 'iso' },
    ],
    nics: [
      { source: { kind: 'bridge', bridge: 'br0' }, queues: 4, rxRing: 512, linkUp: false, mac: '52:54:00:ab:cd:01' },
    ],
    boot: ['network', 'disk'],
    title: 'All <of> it',
    notes: 'two\nlines',
    tags: ['a', 'b'],
    owner: 'Ada',
    autostart: true,
    start: false,
  })
  expect(vm).toMatchObject({
    state: 'shut-off',
    autostart: true,
    vcpus: 2,
    maxVcpus: 4,
    title: 'All <of> it',
    notes: 'two\nlines',
    tags: ['a', 'b'],
    owner: 'Ada',
    nics: [{ mac: '52:54:00:ab:cd:01', queues: 4, rxRing: 512, linkUp: false, bootOrder: 1 }],
    disks: [
      {
        target: 'sda',
        bus: 'scsi',
        cache: 'none',
        source: `${images}/full1-sda.qcow2`,
        bootOrder: 2,
        limits: { readIops: 500 },
      },
      { target: 'vda', bus: 'virtio', format: 'raw', bootOrder: 3 },
      { target: 'sdb', bus: 'sata', device: 'cdrom', source: null },
    ],
  })
  await host.sh(`qemu-img compare ${images}/guest.qcow2 ${images}/full1-sda.qcow2`)
})

describe('of a VM that is shut off', () => {
  test('a clone has other MACs, and both run at once', async () => {
    const asked = { name: 'web2', start: true }
    expect(await call('POST', '/vms/kvm1:web1/clone', asked)).toMatchObject({ status: 409, body: { code: 'vm-runs' } })
    await power('kvm1:web1', 'destroy')
    const started = await call<StartedVm>('POST', '/vms/kvm1:web1/clone', asked)
    expect(started).toMatchObject({ status: 202, body: { notes: [expect.stringMatching(/machine-id/)] } })
    expect(await jobEnd(started.body.job)).toMatchObject({ state: 'done' })
    await power('kvm1:web1', 'start')
    const [one, two] = await Promise.all(
      ['kvm1:web1', 'kvm1:web2'].map(async (vm) => addressOf((await call<VmDetail>('GET', `/vms/${vm}`)).body)),
    )
    expect(one).not.toBe(two)
    const clone = (await call<VmDetail>('GET', '/vms/kvm1:web2')).body
    expect(clone.disks[0]?.source).toBe(`${images}/web2-vda.qcow2`)
  })

  test('a linked clone lies over its disks', async () => {
    await power('kvm1:web2', 'destroy')
    const started = await call<StartedVm>('POST', '/vms/kvm1:web2/clone', { name: 'web3', mode: 'linked' })
    expect(await jobEnd(started.body.job)).toMatchObject({ state: 'done' })
    expect(await host.sh(`qemu-img info -U ${images}/web3-vda.qcow2`)).toContain(
      `backing file: ${images}/web2-vda.qcow2`,
    )
  })

  test('a template is a preset and an image, and VMs are made of it', async () => {
    const begun = await call<Pick<StartedVm, 'job'>>('POST', '/vms/kvm1:web3/template', { name: 'Golden web' })
    const ended = await jobEnd(begun.body.job)
    expect(ended).toMatchObject({
      state: 'done',
      result: { images: [{ pool: 'default', volume: 'Golden-web.qcow2' }] },
    })
    expect(await host.sh(`qemu-img info ${images}/Golden-web.qcow2`)).not.toContain('backing file')
    const vm = await make({ name: 'web4', preset: 'Golden web', start: false })
    expect(vm).toMatchObject({ preset: 'Golden web', memoryBytes: 192 * mebibyte, nics: [{ source: 'br0' }] })
  })

  test('deleting leaves what was not named, and what another needs', async () => {
    const named = (target: string, name: string) => ({ target, source: `${images}/${name}` })
    const needed = await call<{ title: string }>('DELETE', '/vms/kvm1:web2', {
      disks: [named('vda', 'web2-vda.qcow2')],
    })
    expect(needed).toMatchObject({ status: 409, body: { title: expect.stringMatching(/needed by .*web3/) } })
    const other = await call('DELETE', '/vms/kvm1:full1', { disks: [named('sda', 'guest.qcow2')] })
    expect(other).toMatchObject({ status: 409, body: { code: 'other-disk' } })
    const removed = await call<RemovedVm>('DELETE', '/vms/kvm1:full1', { disks: [named('sda', 'full1-sda.qcow2')] })
    expect(removed.body).toMatchObject({
      deleted: [`${images}/full1-sda.qcow2`],
      kept: [`${images}/full1-data.img`],
      failed: [],
    })
    expect(await files()).toEqual(expect.arrayContaining(['full1-data.img', 'guest.qcow2']))
    expect(await files()).not.toContain('full1-sda.qcow2')
    expect(await call('DELETE', '/vms/kvm1:web1', {})).toMatchObject({ status: 409, body: { code: 'vm-runs' } })
    expect(await call('DELETE', '/vms/kvm1:web1', { force: true })).toMatchObject({ status: 200 })
    expect(await files()).toContain('web1-vda.qcow2')
    expect(await call('GET', '/vms/kvm1:web1')).toMatchObject({ status: 404 })
  })
})

test('making a VM takes little longer than virsh takes', async () => {
  await host.sh(`qemu-img create -q -f qcow2 ${images}/timed.qcow2 64M && virsh -q pool-refresh default`)
  const disks: NewVm['disks'] = [{ from: 'volume', pool: 'default', volume: 'timed.qcow2' }]
  const times: { ours: number; virsh: number }[] = []
  for (let round = 0; round < 3; round++) {
    const began = performance.now()
    const { job, vm } = await begin({ ...small, name: 'timed', disks })
    const ended = await jobEnd(job)
    const ours = Date.parse(ended.endedAt ?? '') - Date.parse(ended.createdAt)
    expect(ended).toMatchObject({ state: 'done', problem: null })
    const xml = (await call<VmDetail>('GET', `/vms/${vm.id}`)).body.xml.defined
    await call('DELETE', `/vms/${vm.id}`, { force: true })
    const stdin = xml.replace(/<uuid>.*<\/uuid>/, '')
    const took = await host.sh(
      'cat >/tmp/timed.xml; a=$(date +%s%N); virsh -q define --validate /tmp/timed.xml; virsh -q start timed; b=$(date +%s%N); virsh -q destroy timed; virsh -q undefine timed; echo $(((b - a) / 1000000))',
      { stdin },
    )
    times.push({ ours: Math.round(ours), virsh: Number(took.trim()) })
    const steps = ended.steps.map(
      ({ id, startedAt, endedAt }) => `${id} ${Date.parse(endedAt ?? '') - Date.parse(startedAt ?? '')}`,
    )
    console.error(
      `${steps.join(', ')}; made: ${Math.round(ours)} ms as a job (${Math.round(performance.now() - began)} ms with asking), virsh define and start: ${took.trim()} ms`,
    )
  }
  expect(times.every(({ ours, virsh }) => ours > 0 && virsh > 0)).toBe(true)
})
