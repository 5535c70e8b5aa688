/** Snapshots through the API, of a real guest that boots from a qcow2 disk. */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDoor, type Door } from '../../../e2e/harness/door.ts'
import { jobEnd } from '../../../e2e/harness/vm-jobs.ts'
import type { LabGuest } from '../../../e2e/lab/guest.ts'
import type { LabHost } from '../../../e2e/lab/host.ts'
import { openLab, type Lab } from '../../../e2e/lab/lab.ts'
import { waitUntil } from '../../../e2e/lab/process.ts'
import type { Job } from '../../contract/jobs.ts'
import type { VmSnapshotList } from '../../contract/vm-snapshots.ts'
import { sshPool } from '../../ssh/pool.ts'

let lab: Lab
let host: LabHost
let door: Door
let cookies: string
let guest: LabGuest

const vm = 'snap:disked'
const call = (method: string, path: string, body?: unknown) =>
  door.call(method, `/vms/${vm}/snapshots${path}`, body, { cookies })
const snapshots = async (): Promise<VmSnapshotList> => (await call('GET', '')).body as VmSnapshotList
const done = async (method: string, path: string, body?: unknown): Promise<Job> => {
  const job = await jobEnd(door, await call(method, path, body), { cookies })
  expect(job).toMatchObject({ state: 'done', problem: null })
  return job
}
/** What the guest says to a line of shell; it may take a while to listen. */
const inGuest = (line: string): Promise<string> =>
  waitUntil(`the guest to answer "${line}"`, 60_000, async () => {
    const said = await host.exec(['sh', '-c', `printf '%s\\n' "$(cat)" | nc -w 5 ${guest.address} 7`], {
      stdin: `${line}; echo END`,
    })
    return said.stdout.trimEnd().endsWith('END') ? said.stdout.trimEnd().slice(0, -3).trimEnd() : null
  })
/** In the disk, outside of any partition, and in memory. */
const write = (text: string) =>
  inGuest(
    `printf '%-8s' ${text} | dd of=/dev/vda bs=512 seek=30 conv=notrunc,fsync 2>/dev/null; echo ${text} >/run/witness`,
  )
const onDisk = () =>
  inGuest('echo 3 >/proc/sys/vm/drop_caches; dd if=/dev/vda bs=512 skip=30 count=1 2>/dev/null | head -c 8')
const inMemory = () => inGuest('cat /run/witness')
const virsh = (line: string) => host.sh(`virsh -q -c qemu:///system ${line}`)
const summary = ({ items }: VmSnapshotList) =>
  items.map(({ name, depth, isCurrent, kind, withMemory }) => ({ name, depth, isCurrent, kind, withMemory }))

beforeAll(async () => {
  lab = await openLab({ say: console.error })
  host = await lab.addHost({ name: 'snap', bridge: true })
  door = await openDoor()
  cookies = await door.claim()
  const fingerprint = (await host.fingerprints()).find(({ type }) => type === 'ed25519')?.sha256
  const signIn = { kind: 'stored-key', privateKey: readFileSync(host.keyPath, 'utf8') }
  const wanted = { name: 'snap', address: host.address, port: 22, user: 'root', fingerprint, signIn }
  const added = await door.call('POST', '/hosts', wanted, { cookies })
  if (added.status !== 201) throw new Error(added.text)
  guest = await host.addGuest({ name: 'disked', boot: 'disk' })
})
afterAll(async () => {
  sshPool().close()
  await door?.close()
  await lab?.close()
})

test('one with memory brings disk and memory back, and the tree shows where the VM stands', async () => {
  expect(await snapshots()).toMatchObject({
    items: [],
    offer: { internal: null, external: null, withMemory: true },
    leftovers: [],
  })
  await write('one')
  await done('POST', '', { name: 'first', description: 'before <it>' })
  await write('two')
  await done('POST', '', { name: 'second' })
  await write('three')
  const internal = { kind: 'internal', withMemory: true }
  expect(summary(await snapshots())).toEqual([
    { name: 'first', depth: 0, isCurrent: false, ...internal },
    { name: 'second', depth: 1, isCurrent: true, ...internal },
  ])
  await done('POST', '/first/revert')
  expect(await inMemory()).toBe('one')
  expect((await onDisk()).trim()).toBe('one')
  await done('POST', '', { name: 'third' })
  const list = await snapshots()
  expect(summary(list).map(({ name, depth }) => `${name} ${depth}`)).toEqual(['first 0', 'second 1', 'third 1'])
  expect(list.items[0]).toMatchObject({ description: 'before <it>', descendants: 2, state: 'running' })
  await done('POST', '/second/revert')
  expect(await inMemory()).toBe('two')
})

test('a name that is taken or no name, and a viewer, are refused', async () => {
  expect(await call('POST', '', { name: 'first' })).toMatchObject({
    status: 422,
    body: { title: 'There is a snapshot named first already.', errors: [{ field: 'name' }] },
  })
  for (const name of ['..', '../x', '-a', "a'b", 'a b', ''])
    expect((await call('POST', '', { name })).body).toMatchObject({
      code: 'snapshot-refused',
      errors: [{ field: 'name' }],
    })
  const token = await door.tokenOf('viewer', cookies)
  for (const [method, path] of [
    ['POST', ''],
    ['POST', '/first/revert'],
    ['DELETE', '/first'],
  ] as const)
    expect((await door.call(method, `/vms/${vm}/snapshots${path}`, { name: 'mine' }, { token })).status).toBe(403)
  expect((await door.call('GET', `/vms/${vm}/snapshots`, undefined, { token })).status).toBe(200)
  expect((await call('POST', '/nowhere/revert')).status).toBe(404)
})

test('deleted alone its children stay, deleted with them they go', async () => {
  await done('DELETE', '/second')
  expect(summary(await snapshots()).map(({ name }) => name)).toEqual(['first', 'third'])
  await done('DELETE', '/first?children=delete')
  expect((await snapshots()).items).toEqual([])
  expect(await host.sh('qemu-img snapshot -U -l /var/lib/libvirt/images/disked.qcow2')).toBe('')
})

test('one outside the disks is taken of a running VM and merged back, and what was written since stays', async () => {
  await write('under')
  await done('POST', '', { name: 'outside', kind: 'external' })
  const overlay = '/var/lib/libvirt/images/disked.outside'
  const list = await snapshots()
  expect(list.items).toMatchObject([
    {
      name: 'outside',
      kind: 'external',
      withMemory: false,
      disks: [{ target: 'vda', kind: 'external', file: overlay }],
    },
  ])
  expect(list.items[0]?.refusals).toMatchObject({
    revert: expect.stringMatching(/libvirt 9\.0\.0 .* 9\.9/),
    delete: null,
  })
  expect(await virsh('domblklist disked')).toContain(overlay)
  expect(await call('POST', '/outside/revert')).toMatchObject({ status: 409, body: { code: 'snapshot-refused' } })
  await write('over')
  await done('DELETE', '/outside')
  expect(await virsh('domblklist disked')).not.toContain(overlay)
  expect((await host.exec(['test', '-e', overlay])).code).toBe(1)
  expect((await onDisk()).trim()).toBe('over')
})

test('of a VM that is off, and back to it from a VM that runs', async () => {
  await virsh('destroy disked')
  await done('POST', '', { name: 'off' })
  expect((await snapshots()).items).toMatchObject([{ name: 'off', state: 'shutoff', withMemory: false }])
  await virsh('start disked')
  await write('later')
  await done('POST', '/off/revert')
  expect((await virsh('domstate disked')).trim()).toBe('shut off')
  await virsh('start disked')
  expect((await onDisk()).trim()).toBe('over')
})

test('a host that goes down while one is taken leaves nothing claimed, and what is left is named', async () => {
  // A QEMU that stands still never comes to its end of it.
  await host.sh('kill -STOP $(cat /run/libvirt/qemu/disked.pid)')
  const answer = await call('POST', '', { name: 'cut' })
  await waitUntil('the snapshot to be under way', 60_000, async () => {
    const job = (await door.call('GET', `/jobs/${(answer.body as Job).id}`, undefined, { cookies })).body as Job
    return job.steps[0]?.state === 'running' ? true : null
  })
  await host.powerCut()
  const job = await jobEnd(door, answer, { cookies })
  expect(job).toMatchObject({ state: 'failed', problem: { title: expect.stringContaining('snap') } })
  await host.powerOn()
  // As if libvirt had not come to writing down that there is one.
  await host.sh('qemu-img snapshot -c halfway /var/lib/libvirt/images/disked.qcow2')
  const list = await waitUntil('the host to be back', 60_000, async () => {
    const read = await call('GET', '')
    return read.status === 200 ? (read.body as VmSnapshotList) : null
  })
  const kept = list.items.map(({ name }) => name)
  expect(kept).toEqual(['off'])
  // What libvirt lists is in the disk, and what is in the disk is listed or named as left over.
  const inDisk = await host.sh("qemu-img snapshot -l /var/lib/libvirt/images/disked.qcow2 | awk 'NR>2{print $2}'")
  expect([...kept, ...list.leftovers.map(({ name }) => name)].toSorted()).toEqual(inDisk.trim().split('\n').toSorted())
  const leftover = list.leftovers.find(({ name }) => name === 'halfway')
  expect(leftover).toMatchObject({ disk: 'vda' })
  await host.sh(leftover?.command ?? 'false')
  expect((await snapshots()).leftovers.map(({ name }) => name)).not.toContain('halfway')
})
