/** Moving VMs between two real hosts through the API. */
import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDoor, type Answer, type Door } from '../../../e2e/harness/door.ts'
import { jobEnd } from '../../../e2e/harness/vm-jobs.ts'
import type { LabGuest } from '../../../e2e/lab/guest.ts'
import type { LabHost } from '../../../e2e/lab/host.ts'
import { openLab, type Lab } from '../../../e2e/lab/lab.ts'
import { waitUntil } from '../../../e2e/lab/process.ts'
import type { Job } from '../../contract/jobs.ts'
import type { MigrationCheck } from '../../contract/vm-migration.ts'
import { sshPool } from '../../ssh/pool.ts'

let lab: Lab
let here: LabHost
let there: LabHost
let door: Door
let cookies: string
let guest: LabGuest

const call = (method: string, path: string, body?: unknown) => door.call(method, path, body, { cookies })
const check = async (vm: string, to: string): Promise<MigrationCheck> =>
  (await call('GET', `/vms/${vm}/migrate/check?to=${to}`)).body as MigrationCheck
const missing = ({ findings }: MigrationCheck) => findings.filter(({ level }) => level === 'missing')
const move = async (vm: string, to: string): Promise<Job> =>
  jobEnd(door, await call('POST', `/vms/${vm}/migrate`, { to }), { cookies })
const running = async (host: LabHost) => (await host.sh('virsh -q list --name')).trim().split('\n').filter(Boolean)
const defined = async (host: LabHost) =>
  (await host.sh('virsh -q list --all --name')).trim().split('\n').filter(Boolean)
const inGuest = (line: string): Promise<string> =>
  waitUntil(`the guest to answer "${line}"`, 60_000, async () => {
    const said = await here.exec(['sh', '-c', `printf '%s\\n' "$(cat)" | nc -w 5 ${guest.address} 7`], {
      stdin: `${line}; echo END`,
    })
    return said.stdout.trimEnd().endsWith('END') ? said.stdout.trimEnd().slice(0, -3).trimEnd() : null
  })

const setUuid = (host: LabHost, uuid: string) =>
  host.sh(
    `sed -i '/^host_uuid/d' /etc/libvirt/libvirtd.conf; echo 'host_uuid = "${uuid}"' >>/etc/libvirt/libvirtd.conf; systemctl restart libvirtd`,
  )

beforeAll(async () => {
  lab = await openLab({ say: console.error })
  here = await lab.addHost({ name: 'here', bridge: true })
  there = await lab.addHost({ name: 'there', bridge: true })
  // As in clones of one machine.
  await Promise.all([here, there].map((host) => setUuid(host, 'e0c6a1f2-3f5b-4d0e-9a51-2d1c5b7a9e01')))
  door = await openDoor()
  cookies = await door.claim()
  for (const host of [here, there]) {
    const fingerprint = (await host.fingerprints()).find(({ type }) => type === 'ed25519')?.sha256
    const signIn = { kind: 'stored-key', privateKey: readFileSync(host.keyPath, 'utf8') }
    const wanted = { name: host.name, address: host.address, port: 22, user: 'root', fingerprint, signIn }
    const added = await call('POST', '/hosts', wanted)
    if (added.status !== 201) throw new Error(added.text)
  }
  guest = await here.addGuest({ name: 'walker' })
})
afterAll(async () => {
  sshPool().close()
  await door?.close()
  await lab?.close()
})

test('hosts that libvirt takes for one are named, and nothing moves', async () => {
  const found = await check('here:walker', 'there')
  expect(missing(found)).toEqual([
    { about: 'host', level: 'missing', text: expect.stringMatching(/one host: .* host_uuid/) },
  ])
  expect(await call('POST', '/vms/here:walker/migrate', { to: 'there' })).toMatchObject({
    status: 409,
    body: { code: 'migration-refused' },
  })
  await setUuid(there, 'e0c6a1f2-3f5b-4d0e-9a51-2d1c5b7a9e02')
  await waitUntil('the hosts to be two', 30_000, async () => {
    const again = await check('here:walker', 'there')
    return again.findings !== undefined && missing(again).length === 0 ? true : null
  })
})

test('moves while it runs: it goes on where it was, its pings go on, and its old host has forgotten it', async () => {
  await inGuest('echo here >/run/witness')
  await here.sh('virsh -q autostart walker')
  const pps = 20
  const source = lab.source({ kind: 'icmp', to: guest.address, pps, seconds: 120 })
  const before = await received()
  const job = await move('here:walker', 'there')
  expect(job).toMatchObject({ state: 'done', problem: null, progress: 1 })
  expect(job.steps.map(({ id, state }) => `${id} ${state}`)).toEqual([
    'check done',
    'prepare done',
    'perform done',
    'finish done',
  ])
  expect(await running(there)).toEqual(['walker'])
  expect(await defined(here)).toEqual([])
  expect(await there.sh('virsh -q list --autostart --name --all')).toContain('walker')
  expect(await inGuest('cat /run/witness')).toBe('here')
  const { sent } = await source.stop()
  const answered = (await received()) - before
  console.error(`${sent - answered} of ${sent} pings lost; ${JSON.stringify(job.result)}`)
  expect(answered).toBeGreaterThan(sent / 2)
})
/** Pings that the guest has answered, by its own count. */
const received = async () => Number(await inGuest("awk '/^Icmp:/ && $0 ~ /[0-9]/ {print $10+0}' /proc/net/snmp; true"))

test('what is missing is named: bridge, MTU, name, and a host is not moved to itself', async () => {
  await here.sh('ip link add br9 type bridge && ip link set br9 up mtu 1400')
  await there.sh('ip link add br9 type bridge && ip link set br9 up')
  const xml = (name: string, bridge: string) =>
    `<domain type='qemu'><name>${name}</name><memory unit='MiB'>64</memory><os><type arch='x86_64' machine='q35'>hvm</type></os><devices><interface type='bridge'><mac address='52:54:00:aa:00:01'/><source bridge='${bridge}'/><model type='virtio'/></interface></devices></domain>`
  const define = (host: LabHost, name: string, bridge: string) =>
    host.sh('cat | virsh -q define /dev/stdin', { stdin: xml(name, bridge) })
  await there.sh('ip link add br8 type bridge && ip link set br8 up')
  await define(there, 'lost', 'br8')
  expect(missing(await check('there:lost', 'here'))).toEqual([
    { about: 'bridge', level: 'missing', text: expect.stringMatching(/^here has no bridge named br8, which 52:54/) },
  ])
  const refused = await call('POST', '/vms/there:lost/migrate', { to: 'here' })
  expect(refused).toMatchObject({ status: 409, body: { title: expect.stringContaining('no bridge named br8') } })
  expect(await call('POST', '/vms/there:lost/migrate', { to: 'here', checkOnly: true })).toMatchObject({
    status: 200,
    body: { possible: false, live: false },
  })
  expect((await call('GET', '/vms/there:lost/migrate/check?to=there')).status).toBe(422)
  await define(there, 'small', 'br9')
  await define(here, 'lost', 'br9')
  const found = missing(await check('there:small', 'here')).map(({ about }) => about)
  expect(found.toSorted()).toEqual(['mac', 'mtu'])
  await here.sh('virsh -q undefine lost; ip link set br9 mtu 1500')
  await there.sh('virsh -q undefine lost')
  // Of one that is off, its definition moves.
  expect(await move('there:small', 'here')).toMatchObject({ state: 'done' })
  expect(await defined(here)).toEqual(['small'])
  const token = await door.tokenOf('viewer', cookies)
  expect((await door.call('POST', '/vms/here:small/migrate', { to: 'there' }, { token })).status).toBe(403)
})

/** Begins to move the walker so slowly that there is time to do something to it. */
async function begin(): Promise<Answer> {
  await there.sh('virsh -q migrate-setspeed walker 1')
  const begun = await call('POST', '/vms/there:walker/migrate', { to: 'here' })
  await waitUntil('the copying to begin', 60_000, async () => {
    const job = (await call('GET', `/jobs/${(begun.body as Job).id}`)).body as Job
    return job.steps.find(({ id }) => id === 'perform')?.state === 'running' && job.progress > 0 ? true : null
  })
  return begun
}
async function expectUnmoved(): Promise<void> {
  expect(await running(there)).toEqual(['walker'])
  expect(await there.sh('virsh -q domstate walker')).toContain('running')
  expect(await defined(here)).not.toContain('walker')
  expect(await inGuest('cat /run/witness')).toBe('here')
}

test('whose target’s QEMU dies half-way runs on where it was, and nothing of it is there', async () => {
  const begun = await begin()
  await here.sh('kill -KILL $(cat /run/libvirt/qemu/walker.pid)')
  expect(await jobEnd(door, begun, { cookies })).toMatchObject({
    state: 'failed',
    problem: { code: 'migration-failed', title: expect.stringContaining('It goes on running on there.') },
  })
  await expectUnmoved()
})

test('cancelled it runs on where it was, and nothing of it is there', async () => {
  const begun = await begin()
  await call('POST', `/jobs/${(begun.body as Job).id}/cancel`)
  expect((await jobEnd(door, begun, { cookies })).state).toBe('cancelled')
  await expectUnmoved()
})

test('takes its disk along where no storage is shared, and leaves the old one', async () => {
  const disk = '/var/lib/libvirt/images/disked.qcow2'
  await there.sh('virsh -q destroy walker')
  guest = await there.addGuest({ name: 'disked', boot: 'disk' })
  await inGuest('echo moved | dd of=/dev/vda bs=512 seek=30 conv=notrunc,fsync 2>/dev/null; echo here >/run/witness')
  expect(missing(await check('there:disked', 'here'))).toEqual([
    { about: 'storage', level: 'missing', text: expect.stringMatching(/no storage pool over/) },
  ])
  await here.sh(`virsh -q pool-define-as images dir --target ${dirname(disk)} && virsh -q pool-start images`)
  await here.sh(`touch ${disk}`)
  expect(missing(await check('there:disked', 'here'))).toMatchObject([{ text: expect.stringContaining('overwritten') }])
  await here.sh(`rm ${disk}`)
  expect(await check('there:disked', 'here')).toMatchObject({ possible: true, storage: 'copied', copiedDisks: ['vda'] })
  expect(await move('there:disked', 'here')).toMatchObject({ state: 'done' })
  expect(await running(here)).toEqual(['disked'])
  const read =
    'echo 3 >/proc/sys/vm/drop_caches; dd if=/dev/vda bs=512 skip=30 count=1 2>/dev/null | head -c5; cat /run/witness'
  expect(await inGuest(read)).toBe('movedhere')
  expect((await there.exec(['test', '-s', disk])).code).toBe(0)
})
