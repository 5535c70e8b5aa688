/** Running VMs through the API, on a real host with a real guest, watched as the product watches it. */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openDoor, type Door } from '../../../e2e/harness/door.ts'
import { labSession } from '../../../e2e/harness/lab-session.ts'
import { jobEnd } from '../../../e2e/harness/vm-jobs.ts'
import { testDriver } from '../../../e2e/harness/test-driver.ts'
import type { LabGuest } from '../../../e2e/lab/guest.ts'
import type { LabHost } from '../../../e2e/lab/host.ts'
import { openLab, type Lab } from '../../../e2e/lab/lab.ts'
import { run, waitUntil } from '../../../e2e/lab/process.ts'
import type { Job } from '../../contract/jobs.ts'
import type { BulkResult } from '../../contract/vm-power.ts'
import type { Vm, VmList } from '../../contract/vms.ts'
import { domainEvents, eventNames, watchDomains } from '../../host/libvirt/calls.ts'
import { destroyDomain, startDomain } from '../../host/libvirt/domain-calls.ts'
import { hub } from '../../live/hub.ts'
import { keeper } from '../../live/keeper.ts'
import { sshPool } from '../../ssh/pool.ts'
import { watchHosts } from '../hosts/watch.ts'
import { forgetBoard, refreshBoardBy } from './board.ts'
import { expectSilence } from './figures.ts'

let lab: Lab
let host: LabHost
let guest: LabGuest
let door: Door
let cookies: string
let hostId: string

// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- what comes back is what the caller says it is
const call = async <T = Record<string, unknown>>(method: string, path: string, body?: unknown) => {
  const answer = await door.call(method, path, body, { cookies })
  return { status: answer.status, body: answer.body as T }
}
const listed = async (): Promise<VmList> => (await call<VmList>('GET', '/vms?host=run')).body
const vm = async (name: string): Promise<Vm | null> => (await listed()).items.find((one) => one.name === name) ?? null
const does = (name: string, action: string) =>
  call<Vm & { title: string; code: string }>('POST', `/vms/run:${name}/${action}`)
const saves = async (name: string): Promise<Job> =>
  jobEnd(door, await door.call('POST', `/vms/run:${name}/save`, undefined, { cookies }), { cookies })
const virsh = (line: string) => host.sh(`virsh -q -c qemu:///system ${line}`)
const becomes = (name: string, state: Vm['state'] | null, withinMs = 30_000) =>
  waitUntil(`${name} to be ${state ?? 'gone'}`, withinMs, async () => {
    const now = await vm(name)
    return (now?.state ?? null) === state ? { now } : null
  })

/** Runs no system, so that it starts in no time. */
const bare = (name: string, more = '') => `<domain type='qemu'><name>${name}</name><memory unit='MiB'>32</memory>
  <os><type arch='x86_64' machine='pc'>hvm</type></os>${more}</domain>`
const define = (name: string, more?: string) =>
  host.sh('cat | virsh -q -c qemu:///system define /dev/stdin', { stdin: bare(name, more) })

beforeAll(async () => {
  lab = await openLab({ say: console.error })
  host = await lab.addHost({ name: 'run', bridge: true })
  guest = await host.addGuest({ name: 'web' })
  for (const name of ['idle-1', 'idle-2']) await define(name)
  door = await openDoor()
  cookies = await door.claim()
  await watchHosts(() => new Date())
  const fingerprint = (await host.fingerprints()).find(({ type }) => type === 'ed25519')?.sha256
  const signIn = { kind: 'stored-key', privateKey: readFileSync(host.keyPath, 'utf8') }
  const wanted = { name: 'run', address: host.address, port: 22, user: 'root', fingerprint, signIn }
  const added = await door.call('POST', '/hosts', wanted, { cookies })
  if (added.status !== 201) throw new Error(added.text)
  hostId = (added.body as { id: string }).id
})
afterAll(async () => {
  await keeper().stop()
  sshPool().close()
  await door?.close()
  await lab?.close()
})

describe('each action', () => {
  test('does what it says, and is refused with why where it makes no sense', async () => {
    await becomes('web', 'running')
    expect(await does('web', 'start')).toMatchObject({
      status: 409,
      body: { code: 'vm-state', title: 'The VM runs already.' },
    })
    expect(await does('web', 'suspend')).toMatchObject({ status: 200, body: { state: 'paused', doing: null } })
    expect(await does('web', 'reboot')).toMatchObject({
      status: 409,
      body: { title: 'The VM is paused. Resume it first.' },
    })
    expect(await does('web', 'resume')).toMatchObject({ status: 200, body: { state: 'running' } })
    expect(await does('web', 'reset')).toMatchObject({ status: 200, body: { state: 'running' } })
    expect(await does('idle-1', 'destroy')).toMatchObject({
      status: 409,
      body: { title: 'The VM is shut off already.' },
    })
  })

  test('saves and goes on, or throws the saved state away', async () => {
    expect(await does('idle-1', 'start')).toMatchObject({ status: 200, body: { state: 'running' } })
    expect(await saves('idle-1')).toMatchObject({ state: 'done', kind: 'vm.save', problem: null })
    expect(await vm('idle-1')).toMatchObject({ state: 'shut-off', hasSavedState: true, doing: null, doingJob: null })
    expect(await does('idle-1', 'start')).toMatchObject({
      status: 200,
      body: { state: 'running', hasSavedState: false },
    })
    await saves('idle-1')
    const discarded = await call<Vm>('DELETE', '/vms/run:idle-1/saved-state')
    expect(discarded).toMatchObject({ status: 200, body: { state: 'shut-off', hasSavedState: false } })
    expect(await call('DELETE', '/vms/run:idle-1/saved-state')).toMatchObject({
      status: 409,
      body: { title: 'The VM has no saved state.' },
    })
  })

  test('tells how far a saving is; cancelled, the guest runs on', async () => {
    // What writes the file stands still, so that the saving is seen half-way.
    const held = host.sh(`until pid=$(pidof libvirt_iohelper); do sleep 0.01; done; kill -STOP $pid; echo $pid`)
    const answer = await door.call('POST', '/vms/run:web/save', undefined, { cookies })
    const { id } = answer.body as Job
    const writer = (await held).trim()
    const job = async () => (await call<Job>('GET', `/jobs/${id}`)).body
    const half = await waitUntil('progress', 30_000, async () => {
      const now = await job()
      return now.progress > 0 ? now : null
    })
    expect(half).toMatchObject({ state: 'running', cancellable: true })
    expect(half.progress).toBeLessThan(1)
    expect(await vm('web')).toMatchObject({ doing: 'save', doingJob: id })
    expect(await does('web', 'reset')).toMatchObject({ status: 409, body: { code: 'vm-busy' } })
    expect((await call('POST', `/jobs/${id}/cancel`)).status).toBe(202)
    await host.sh(`kill -CONT ${writer}`)
    expect(await jobEnd(door, answer, { cookies })).toMatchObject({ state: 'cancelled' })
    await becomes('web', 'running')
    expect(await vm('web')).toMatchObject({ hasSavedState: false, doing: null, doingJob: null })
  })

  test('asks the guest to shut down: it is told that it was asked, then that it is off', async () => {
    await waitUntil('the guest to be up again', 120_000, async () =>
      (await host.exec(['ping', '-c1', '-W1', '-q', guest.address])).code === 0 ? true : null,
    )
    const asked = await does('web', 'shutdown')
    expect(asked.status).toBe(200)
    await becomes('web', 'shut-off', 120_000)
    expect((await vm('web'))?.shutdownAskedAt).toBeNull()
  })

  test('a guest that does not listen is still asked, and can be forced off', async () => {
    await does('idle-2', 'start')
    const asked = await does('idle-2', 'shutdown')
    expect(asked.body.shutdownAskedAt).toMatch(/^\d{4}-/)
    expect(await does('idle-2', 'destroy')).toMatchObject({
      status: 200,
      body: { state: 'shut-off', shutdownAskedAt: null },
    })
  })

  test('a VM whose QEMU hangs is forced off all the same', async () => {
    await does('idle-2', 'start')
    await host.sh('kill -STOP "$(cat /run/libvirt/qemu/idle-2.pid)"')
    expect(await does('idle-2', 'destroy')).toMatchObject({ status: 200, body: { state: 'shut-off' } })
  })

  test('a start that fails says so with what QEMU said, and leaves it off', async () => {
    await define(
      'broken',
      `<devices><disk type='file' device='disk'><source file='/nowhere/at-all.raw'/><target dev='vda'/></disk></devices>`,
    )
    const failed = await does('broken', 'start')
    expect(failed).toMatchObject({
      status: 409,
      body: { code: 'vm-start-failed', title: expect.stringMatching(/^A disk is not there: \/nowhere\/at-all\.raw/) },
    })
    expect((await vm('broken'))?.state).toBe('shut-off')
  })

  test('a VM without a definition is not saved, and is gone when forced off', async () => {
    await host.sh('cat | virsh -q -c qemu:///system create /dev/stdin', { stdin: bare('fleeting') })
    await becomes('fleeting', 'running')
    expect(await does('fleeting', 'save')).toMatchObject({ status: 409, body: { code: 'vm-state' } })
    expect(await does('fleeting', 'destroy')).toMatchObject({ status: 200, body: { state: 'shut-off' } })
    await becomes('fleeting', null)
  })
})

test('of two people who start it at once one does, and the other reads why not', async () => {
  const both = await Promise.all([does('idle-1', 'start'), does('idle-1', 'start')])
  expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409])
  const second = both.find(({ status }) => status === 409)
  expect(second?.body.title).toMatch(/runs already|being started at this moment/)
})

test('many at once: each outcome is told, in the order asked', async () => {
  const saved = await call<BulkResult>('POST', '/vms/bulk', { action: 'save', vms: ['run:idle-1', 'run:idle-2'] })
  expect(saved.body).toMatchObject({
    done: 1,
    failed: 1,
    items: [
      { vm: 'run:idle-1', job: expect.any(String), problem: null },
      { vm: 'run:idle-2', job: null, problem: { title: 'The VM is shut off. Start it first.' } },
    ],
  })
  await becomes('idle-1', 'shut-off')
  await does('idle-1', 'start')
  const vms = ['run:idle-1', 'run:idle-2', 'run:no-such', 'run:broken']
  const bulk = await call<BulkResult>('POST', '/vms/bulk', { action: 'destroy', vms })
  expect(bulk.status).toBe(200)
  expect(bulk.body).toMatchObject({
    done: 1,
    failed: 3,
    items: [
      { vm: 'run:idle-1', name: 'idle-1', state: 'shut-off', problem: null },
      { vm: 'run:idle-2', problem: { code: 'vm-state', title: 'The VM is shut off already.' } },
      { vm: 'run:no-such', problem: { code: 'no-vm' } },
      { vm: 'run:broken', problem: { code: 'vm-state' } },
    ],
  })
})

test('a viewer reads and does not act', async () => {
  const token = await door.tokenOf('viewer', cookies)
  expect((await door.call('GET', '/vms', undefined, { token })).status).toBe(200)
  for (const [method, path] of [
    ['POST', '/vms/run:web/start'],
    ['DELETE', '/vms/run:web/saved-state'],
    ['POST', '/vms/bulk'],
  ] as const) {
    const answer = await door.call(method, path, path.endsWith('bulk') ? { action: 'start', vms: ['x'] } : undefined, {
      token,
    })
    expect(answer).toMatchObject({ status: 403, body: { title: expect.stringMatching(/start and stop VMs/) } })
  }
})

describe('addresses, each with where it is known from', () => {
  const addressOf = (name: string, source: string) =>
    waitUntil(`an address of ${name} from ${source}`, 60_000, async () => {
      const known = (await vm(name))?.addresses ?? []
      return known.find((one) => one.source === source) ?? null
    })

  test('of a guest on a plain bridge: what the host saw pass by, and what it talked to itself', async () => {
    await does('web', 'start')
    await waitUntil('the guest to be there', 60_000, async () =>
      (await run(['ping', '-c1', '-W1', '-q', guest.address])).code === 0 ? true : null,
    )
    expect(await vm('web')).toMatchObject({ state: 'running' })
    // As any guest that looks for its gateway: it asks all who has an address.
    const asks = `ping -c1 -W1 10.99.${lab.record.number}.9; echo asked`
    const said = await host.sh(`printf '%s\\n' "$(cat)" | nc -w 20 ${guest.address} 7`, { stdin: asks })
    expect(said).toContain('asked')
    // What the host itself knows of it from talking would be the better source.
    await host.sh('ip neigh flush dev br0')
    const passed = await addressOf('web', 'switch')
    expect(passed).toEqual({ address: guest.address, prefix: null, mac: guest.mac, source: 'switch' })
    await waitUntil('the guest to answer the host', 60_000, async () =>
      (await host.exec(['ping', '-c1', '-W1', '-q', guest.address])).code === 0 ? true : null,
    )
    const talked = await addressOf('web', 'neighbour')
    expect(talked.address).toBe(guest.address)
  })

  test('a lease of libvirt, and what the guest agent says', async () => {
    await virsh('net-start default || true')
    const leased = await host.addGuest({ name: 'leased', network: 'default', agent: true })
    const byAgent = await addressOf('leased', 'agent')
    expect(byAgent).toMatchObject({ address: leased.address, mac: leased.mac, prefix: 24 })
    const plain = await host.addGuest({ name: 'plain', network: 'default' })
    expect(await addressOf('plain', 'lease')).toMatchObject({ address: plain.address, mac: plain.mac })
    await virsh('destroy plain')
    await becomes('plain', 'shut-off')
    expect((await vm('plain'))?.addresses).toEqual([])
  })

  test('and what its CPU and memory do', async () => {
    const used = await waitUntil('figures of web', 30_000, async () => {
      const now = await vm('web')
      return now?.cpuPercent == null ? null : now
    })
    expect(used.cpuPercent).toBeLessThanOrEqual(100)
    expect(used.memoryUsedBytes).toBeGreaterThan(1024 * 1024)
    expect((await vm('plain'))?.cpuPercent).toBeNull()
  })
})

test('what a VM’s disks hold and take, off and running; what can’t be known is not', async () => {
  const images = '/var/lib/libvirt/images'
  await host.sh(`cd ${images} && qemu-img create -q -f qcow2 sized.qcow2 1G && truncate -s 2G sized.raw &&
    dd if=/dev/urandom of=sized.raw conv=notrunc bs=1M count=5 status=none && truncate -s 3M sized.iso`)
  const disk = (device: string, format: string, file: string, target: string) =>
    `<disk type='file' device='${device}'><driver name='qemu' type='${format}'/><source file='${images}/${file}'/><target dev='${target}'/></disk>`
  await define(
    'sized',
    `<devices>${disk('disk', 'qcow2', 'sized.qcow2', 'vda')}${disk('disk', 'raw', 'sized.raw', 'vdb')}
      ${disk('cdrom', 'raw', 'sized.iso', 'hda')}<disk type='file' device='cdrom'><target dev='hdb'/></disk></devices>`,
  )
  const sized = () =>
    waitUntil('its sizes', 30_000, async () => {
      const now = await vm('sized')
      return now?.diskCapacityBytes == null ? null : now
    })
  const mebibyte = 1024 ** 2
  const off = await sized()
  const expectSizes = ({ disks, diskCapacityBytes, diskAllocationBytes }: Vm) => {
    const of = (target: string) => disks.find((one) => one.target === target)
    expect(diskCapacityBytes).toBe(3 * 1024 * mebibyte)
    expect(of('vda')?.capacityBytes).toBe(1024 * mebibyte)
    expect(of('vdb')).toMatchObject({ capacityBytes: 2048 * mebibyte, allocationBytes: 5 * mebibyte })
    expect(of('hda')?.capacityBytes).toBe(3 * mebibyte)
    expect(of('hdb')).toMatchObject({ source: null, capacityBytes: null, allocationBytes: null })
    expect(diskAllocationBytes).toBe(5 * mebibyte + (of('vda')?.allocationBytes ?? 0))
    expect(of('vda')?.allocationBytes).toBeLessThan(mebibyte)
  }
  expect(off.state).toBe('shut-off')
  expectSizes(off)
  expect((await does('sized', 'start')).status).toBe(200)
  await waitUntil('the sizes of what runs', 30_000, async () => {
    const now = await vm('sized')
    return now?.diskAllocationBytes == null ? null : now
  }).then(expectSizes)
  const grown = await call('POST', '/vms/run:sized/disks/vdb/resize', {
    etag: (await vm('sized'))?.etag,
    sizeBytes: 4096 * mebibyte,
  })
  expect(grown).toMatchObject({ status: 200, body: { outcome: [{ when: 'now' }] } })
  await waitUntil('the new size', 20_000, async () =>
    (await vm('sized'))?.diskCapacityBytes === 5120 * mebibyte ? true : null,
  )
  expect(await vm('broken')).toMatchObject({
    diskCapacityBytes: null,
    disks: [{ source: '/nowhere/at-all.raw', capacityBytes: null, allocationBytes: null }],
  })
  expect(await vm('idle-1')).toMatchObject({ diskCapacityBytes: 0 })
  await does('sized', 'destroy')
})

test('a VM whose QEMU hangs is told apart from one that runs, until it answers again', async () => {
  await does('idle-1', 'start')
  await does('idle-2', 'start')
  await waitUntil('figures of both', 30_000, async () => {
    const both = [await vm('idle-1'), await vm('idle-2')]
    return both.every((one) => one?.memoryUsedBytes != null) ? true : null
  })
  const signal = (name: string) => host.sh(`kill -${name} "$(cat /run/libvirt/qemu/idle-2.pid)"`)
  const hangs = () =>
    waitUntil('idle-2 to hang', 60_000, async () => {
      const now = await vm('idle-2')
      return now?.notRespondingSince == null ? null : now
    })
  await signal('STOP')
  const began = performance.now()
  const hung = await hangs()
  console.error(`known to hang after ${Math.round((performance.now() - began) / 100) / 10} s`)
  expect(hung).toMatchObject({ state: 'running', memoryUsedBytes: null })
  expect(Math.abs(Date.now() - Date.parse(hung.notRespondingSince ?? ''))).toBeLessThan(30_000)
  expect(await vm('idle-1')).toMatchObject({ notRespondingSince: null })
  const alone = await call<Vm>('GET', '/vms/run:idle-2')
  expect(alone).toMatchObject({ status: 200, body: { notRespondingSince: hung.notRespondingSince } })
  // QEMU answers nobody while it writes a guest's memory into a snapshot of ours, either.
  const heard = expectSilence(hostId, hung.id)
  expect(await vm('idle-2')).toMatchObject({ notRespondingSince: null })
  heard()
  expect(await vm('idle-2')).toMatchObject({ notRespondingSince: hung.notRespondingSince })
  // The others go on being read.
  await waitUntil('figures of the other', 30_000, async () => ((await vm('idle-1'))?.cpuPercent == null ? null : true))

  await signal('CONT')
  await waitUntil('idle-2 to answer again', 30_000, async () => {
    const now = await vm('idle-2')
    return now?.notRespondingSince === null && now.memoryUsedBytes !== null ? true : null
  })

  await signal('STOP')
  await hangs()
  expect(await does('idle-2', 'destroy')).toMatchObject({
    status: 200,
    body: { state: 'shut-off', notRespondingSince: null },
  })
  await does('idle-1', 'destroy')
})

describe('what happens behind our back', () => {
  /** Milliseconds from when virsh has returned until the API says so. */
  const seenAfter = async (line: string, name: string, state: Vm['state'] | null): Promise<number> => {
    await virsh(line)
    const done = performance.now()
    await becomes(name, state)
    return performance.now() - done
  }

  test('is shown at once, and told to who watches', async () => {
    const told: string[] = []
    const leave = hub().subscribe([`host:${hostId}`], (chunk) => told.push(Buffer.from(chunk).toString()))
    const tookMs = [
      await seenAfter('start idle-1', 'idle-1', 'running'),
      await seenAfter('suspend idle-1', 'idle-1', 'paused'),
      await seenAfter('destroy idle-1', 'idle-1', 'shut-off'),
      await seenAfter('undefine idle-1', 'idle-1', null),
    ]
    console.error(`event to API: ${tookMs.map((ms) => `${Math.round(ms)} ms`).join(', ')}`)
    leave()
    expect(told.filter((text) => text.includes('vms-changed')).length).toBeGreaterThanOrEqual(4)
  })

  test('is not missed while libvirt is away: it is named meanwhile, and read when it is back', async () => {
    await host.sh('systemctl stop libvirtd.socket libvirtd-ro.socket libvirtd-admin.socket libvirtd.service')
    const gap = await waitUntil('the gap to be named', 30_000, async () => (await listed()).gaps[0] ?? null)
    expect(gap).toMatchObject({ host: { name: 'run' }, reason: expect.stringMatching(/libvirt/) })
    expect((await listed()).items.map(({ name }) => name)).toContain('web')
    await host.sh('systemctl start libvirtd.socket libvirtd.service; virsh -q -c qemu:///system undefine idle-2')
    await becomes('idle-2', null, 60_000)
    expect((await listed()).gaps).toEqual([])
  })
})

test('500 VMs of libvirt’s test driver are listed, and the board follows its events', async () => {
  await using session = await labSession(host)
  const events: string[] = []
  const client = await testDriver(host, session.value, 500, (procedure) => events.push(eventNames.get(procedure) ?? ''))
  await client.call(watchDomains(domainEvents.lifecycle))
  const now = () => new Date()
  const board = async () => {
    const read = await refreshBoardBy('test-driver', client, now)
    if (!read.ok) throw new Error(read.error.title)
    return read.value.domains
  }
  const before = await board()
  expect(before).toHaveLength(500)
  const off = before.find(({ defined }) => defined.name === 'vm-10')
  expect(off).toMatchObject({ stateWord: 'shut-off', defined: { vcpus: 2, tags: ['t3'] } })
  if (off === undefined) return
  expect((await client.call(startDomain(off.ref))).ok).toBe(true)
  await waitUntil('the event', 10_000, () => (events.includes('lifecycle') ? true : null))
  const after = await board()
  const on = after.find(({ uuid }) => uuid === off.uuid)
  expect(on?.stateWord).toBe('running')
  // What did not change is not parsed again.
  expect(after.filter((one) => !before.includes(one))).toEqual([on])
  if (on !== undefined) await client.call(destroyDomain(on.ref))
  expect((await board()).find(({ uuid }) => uuid === off.uuid)?.stateWord).toBe('shut-off')
  client.close()
  forgetBoard('test-driver')
})
