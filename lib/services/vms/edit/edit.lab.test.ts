/** Editing VMs through the API, on a real host with a real guest, which is asked what it sees. */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openDoor, type Door } from '../../../../e2e/harness/door.ts'
import type { LabGuest } from '../../../../e2e/lab/guest.ts'
import type { LabHost } from '../../../../e2e/lab/host.ts'
import { openLab, type Lab } from '../../../../e2e/lab/lab.ts'
import { waitUntil } from '../../../../e2e/lab/process.ts'
import type {
  AddedDisk,
  AddedNic,
  EditedVm,
  GuestNic,
  StoredDefinition,
  VmChoices,
  VmDefinition,
} from '../../../contract/vm-edit.ts'
import type { VmDetail } from '../../../contract/vms.ts'
import { sshPool } from '../../../ssh/pool.ts'

let lab: Lab
let host: LabHost
let guest: LabGuest
let door: Door
let cookies: string

const images = '/var/lib/libvirt/images'
const mib = 1024 * 1024

// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- what comes back is what the caller says it is
const call = async <T = { title: string }>(method: string, path: string, body?: unknown) => {
  const answer = await door.call(method, `/vms/edit:web${path}`, body, { cookies })
  return { status: answer.status, body: answer.body as T }
}
const edit = async (path: string, body: object, method = 'PATCH'): Promise<EditedVm> => {
  const answer = await call<EditedVm>(method, path, body)
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body))
  return answer.body
}
const vm = async (): Promise<VmDetail> => (await call<VmDetail>('GET', '')).body
const nic = () => `/nics/${guest.mac}`
const virsh = (line: string) => host.sh(`virsh -q -c qemu:///system ${line}`)
const tap = async (): Promise<string> => (await vm()).nics.find(({ mac }) => mac === guest.mac)?.tap ?? 'none'
/** What the guest says to a line of shell. */
const inGuest = (line: string) => host.sh(`printf '%s\n' "$(cat)" | nc -w 20 ${guest.address} 7`, { stdin: line })
const agentSees = (mac: string, isSo: (seen: GuestNic) => boolean) =>
  waitUntil('the guest to see it', 60_000, async () => {
    const { body } = await call<GuestNic>('GET', `/nics/${mac}/guest`)
    return isSo(body) ? body : null
  })
const answersPing = (size = 56) =>
  waitUntil(`the guest to answer a ping of ${size} bytes`, 60_000, async () => {
    const ping = await host.exec(['ping', '-c1', '-W1', '-Mdo', '-s', String(size), guest.address])
    return ping.code === 0 ? true : null
  })

beforeAll(async () => {
  lab = await openLab({ say: console.error })
  host = await lab.addHost({ name: 'edit', bridge: true })
  guest = await host.addGuest({ name: 'web', vcpus: 4, agent: true, freeSlots: 8, drive: true, memoryMib: 256 })
  await host.sh(`ip link add br1 type bridge && ip link set br1 up`)
  await host.sh(`qemu-img create -q -f qcow2 ${images}/data.qcow2 64M`)
  await virsh(`pool-create-as images dir --target ${images}`)
  door = await openDoor()
  cookies = await door.claim()
  const fingerprint = (await host.fingerprints()).find(({ type }) => type === 'ed25519')?.sha256
  const signIn = { kind: 'stored-key', privateKey: readFileSync(host.keyPath, 'utf8') }
  const wanted = { name: 'edit', address: host.address, port: 22, user: 'root', fingerprint, signIn }
  const added = await door.call('POST', '/hosts', wanted, { cookies })
  if (added.status !== 201) throw new Error(added.text)
  await door.call('POST', '/hosts/edit/facts/refresh', undefined, { cookies })
})
afterAll(async () => {
  sshPool().close()
  await door?.close()
  await lab?.close()
})

test('what may be chosen is what the host has', async () => {
  const { body } = await call<VmChoices>('GET', '/choices')
  expect(body.bridges).toMatchObject([
    { name: 'br0', kind: 'linux', mtu: 1500, up: true, vlanAware: false, uplinks: ['enp1s0'] },
    { name: 'br1', uplinks: [] },
  ])
  expect(body.filters).toContain('clean-traffic')
  expect(body.pools).toMatchObject([{ name: 'images', active: true }])
  expect(body.pools[0]?.volumes.find(({ name }) => name === 'seed.iso')).toMatchObject({ isIso: true, usedBy: [] })
  expect(body.freeMac).toMatch(/^52:54:00(:[0-9a-f]{2}){3}$/)
})

describe('a NIC that runs', () => {
  test('has its link pulled, which the guest sees, and plugged in again', async () => {
    const pulled = await edit(nic(), { linkUp: false })
    expect(pulled.outcome).toEqual([{ field: 'linkUp', when: 'now', message: null }])
    expect(await virsh(`domif-getlink web ${guest.mac}`)).toContain('down')
    expect(await agentSees(guest.mac, ({ linkUp }) => linkUp === false)).toMatchObject({ reason: null, findings: [] })
    expect((await vm()).pending).toEqual([])
    await edit(nic(), { linkUp: true })
    await answersPing()
  })

  test('moves to another bridge and back', async () => {
    const moved = await edit(nic(), { source: { kind: 'bridge', bridge: 'br1' } })
    expect(moved.outcome).toMatchObject([{ field: 'source', when: 'now' }])
    expect(moved.vm.nics[0]).toMatchObject({ source: 'br1' })
    expect(await host.sh(`readlink /sys/class/net/${await tap()}/master`)).toMatch(/br1\n$/)
    const absent = await call('PATCH', nic(), { source: { kind: 'bridge', bridge: 'br7' } })
    expect(absent).toMatchObject({ status: 422, body: { errors: [{ field: 'source' }] } })
    await edit(nic(), { source: { kind: 'bridge', bridge: 'br0' } })
    await answersPing()
  })

  test('is isolated and filtered at once', async () => {
    const edited = await edit(nic(), { isolated: true, filter: 'clean-traffic' })
    expect(edited.outcome.map(({ field, when }) => `${field} ${when}`)).toEqual(['filter now', 'isolated now'])
    expect(await host.sh(`cat /sys/class/net/${await tap()}/brport/isolated`)).toBe('1\n')
    await edit(nic(), { isolated: false, filter: null })
    await answersPing()
  })

  test('gets a rate limit where the host’s kernel can, and says so where it can’t', async () => {
    const edited = await edit(nic(), { inbound: { averageKBps: 50_000 } })
    const isLimited = (await host.sh(`tc qdisc show dev ${await tap()}`)).includes('sfq')
    const said = edited.outcome.map(({ when, message }) => `${when}: ${message ?? 'done'}`).join()
    expect(said).toMatch(isLimited ? /^now: done$/ : /^next-start: The host could not limit the rate/)
    await edit(nic(), { inbound: null })
    expect((await vm()).pending).toEqual([])
  })

  test('with a MAC that somebody has is refused, with who', async () => {
    const source = { kind: 'bridge', bridge: 'br0' }
    const twice = await call('POST', '/nics', { source, mac: guest.mac })
    expect(twice).toMatchObject({
      status: 422,
      body: { title: expect.stringContaining('VM web on edit'), errors: [{ field: 'mac' }] },
    })
    const uplink = (await host.sh('cat /sys/class/net/enp1s0/address')).trim()
    const hosts = await call('POST', '/nics', { source, mac: uplink })
    expect(hosts.body.title).toMatch(/belongs to enp1s0 of the host edit\./)
    expect((await vm()).nics).toHaveLength(1)
  })
})

test('a NIC is plugged in, seen by the guest, plugged in anew with other queues, and taken out', async () => {
  const added = await call<AddedNic>('POST', '/nics', { source: { kind: 'bridge', bridge: 'br1' } })
  expect(added).toMatchObject({ status: 201, body: { outcome: [{ field: 'nic', when: 'now', message: null }] } })
  const { mac } = added.body
  expect(await agentSees(mac, ({ name }) => name !== null)).toMatchObject({ rxQueues: 1, mtu: 1500 })
  const replugged = await edit(`/nics/${mac}`, { queues: 2, apply: 'replug' })
  expect(replugged.outcome).toEqual([{ field: 'queues', when: 'now', message: null }])
  await agentSees(mac, ({ rxQueues }) => rxQueues === 2)
  expect((await vm()).pending).toEqual([])
  const removed = await call<EditedVm>('DELETE', `/nics/${mac}`)
  expect(removed.body.outcome).toEqual([{ field: 'nic', when: 'now', message: null }])
  expect(removed.body.vm.nics).toHaveLength(1)
  expect(await virsh('dumpxml --inactive web')).not.toContain(mac)
  await waitUntil('the card to be gone in the guest', 20_000, async () =>
    (await inGuest('ls /sys/class/net')).includes('eth1') ? null : true,
  )
})

test('queues and MTU wait for the next start, and are in the guest then', async () => {
  const tooLarge = await call('PATCH', nic(), { mtu: 9000 })
  expect(tooLarge).toMatchObject({
    status: 422,
    body: { title: expect.stringMatching(/br0 carries frames of at most 1500/) },
  })
  await host.sh('ip link set enp1s0 mtu 9000 && ip link set br0 mtu 9000')
  const edited = await edit(nic(), { queues: 4, mtu: 9000 })
  expect(edited.outcome).toMatchObject([
    { field: 'queues', when: 'next-start', message: expect.stringMatching(/next start/) },
    { field: 'mtu', when: 'next-start', message: expect.stringMatching(/next start/) },
  ])
  expect(edited.vm.pending).toEqual([`nic ${guest.mac}`])
  await virsh('destroy web')
  await virsh('start web')
  await waitUntil('the guest to tell its queues', 120_000, async () => {
    const said = await host.sh('cat /var/log/libvirt/qemu/web-console.log')
    return /GUEST-NIC eth0 .* mtu=9000 rxq=4 txq=4/.test(said) ? true : null
  })
  await answersPing(8900)
  expect(await agentSees(guest.mac, ({ rxQueues }) => rxQueues === 4)).toMatchObject({ mtu: 9000, findings: [] })
  expect((await vm()).pending).toEqual([])
})

test('an ISO is inserted, read in the guest, and ejected', async () => {
  const source = { kind: 'volume', pool: 'images', volume: 'seed.iso' }
  const inserted = await edit('/disks/sda/insert', { source }, 'POST')
  expect(inserted.outcome).toEqual([{ field: 'source', when: 'now', message: null }])
  expect(inserted.vm.disks.find(({ target }) => target === 'sda')?.source).toBe(`${images}/seed.iso`)
  await waitUntil('the guest to read it', 30_000, async () =>
    (await inGuest('dd if=/dev/sr0 bs=2048 skip=16 count=1 2>/dev/null | head -c 6')).includes('CD001') ? true : null,
  )
  const ejected = await edit('/disks/sda/eject', { force: true }, 'POST')
  expect(ejected.vm.disks.find(({ target }) => target === 'sda')?.source).toBeNull()
  expect(ejected.vm.defined.disks.find(({ target }) => target === 'sda')?.source).toBeNull()
})

test('a disk is plugged in, grows in front of the guest, and is taken out; its volume goes only when it is named', async () => {
  const added = await call<AddedDisk>('POST', '/disks', {
    source: { kind: 'volume', pool: 'images', volume: 'data.qcow2' },
  })
  expect(added).toMatchObject({ status: 201, body: { target: 'vda', outcome: [{ field: 'disk', when: 'now' }] } })
  const sectors = (count: number) =>
    waitUntil(`the guest to see ${count} sectors`, 20_000, async () =>
      (await inGuest('cat /sys/block/vda/size')).trim() === String(count) ? true : null,
    )
  await sectors((64 * mib) / 512)
  const again = await call('POST', '/disks', { source: { kind: 'file', path: `${images}/data.qcow2` } })
  expect(again).toMatchObject({ status: 422, body: { title: expect.stringMatching(/as a disk already/) } })
  const smaller = await call('POST', '/disks/vda/resize', { sizeBytes: 32 * mib })
  expect(smaller).toMatchObject({ status: 422, body: { title: expect.stringMatching(/only grows/) } })
  await edit('/disks/vda/resize', { sizeBytes: 128 * mib }, 'POST')
  await sectors((128 * mib) / 512)
  const limited = await edit('/disks/vda', { limits: { readIops: 5000 }, cache: 'none' })
  expect(limited.outcome).toMatchObject([
    { field: 'cache', when: 'next-start' },
    { field: 'limits', when: 'now' },
  ])
  const path = encodeURIComponent(`${images}/data.qcow2`)
  expect(await call('DELETE', '/disks/vda?deleteVolume=true')).toMatchObject({ status: 422 })
  const removed = await call<EditedVm>('DELETE', '/disks/vda')
  expect(removed.body.outcome).toEqual([{ field: 'disk', when: 'now', message: null }])
  expect(await host.sh(`ls ${images}`)).toContain('data.qcow2')
  await call<AddedDisk>('POST', '/disks', { source: { kind: 'volume', pool: 'images', volume: 'data.qcow2' } })
  const deleted = await call<EditedVm>('DELETE', `/disks/vda?deleteVolume=${path}`)
  expect(deleted.body.outcome).toMatchObject([{ field: 'disk' }, { field: 'deleteVolume', when: 'now' }])
  expect(await host.sh(`ls ${images}`)).not.toContain('data.qcow2')
})

test('a new volume is made for a disk, and taken back when it does not become one', async () => {
  const source = { kind: 'new', pool: 'images', sizeBytes: 32 * mib }
  // QEMU takes native I/O only without the host's cache.
  const failed = await call('POST', '/disks', { source, io: 'native', cache: 'writeback' })
  expect(failed.status).toBe(409)
  expect(await host.sh(`ls ${images}`)).not.toContain('web-vda')
  const escaping = await call('POST', '/disks', { source: { ...source, volume: '../x' } })
  expect(escaping).toMatchObject({ status: 422, body: { errors: [{ field: 'source.volume' }] } })
  const added = await call<AddedDisk>('POST', '/disks', { source })
  expect(added).toMatchObject({ status: 201, body: { target: 'vda', outcome: [{ field: 'disk', when: 'now' }] } })
  await waitUntil('the guest to see it', 20_000, async () =>
    (await inGuest('cat /sys/block/vda/size')).trim() === String((32 * mib) / 512) ? true : null,
  )
  const path = `${images}/web-vda.qcow2`
  const removed = await call<EditedVm>('DELETE', `/disks/vda?deleteVolume=${encodeURIComponent(path)}`)
  expect(removed.body.outcome).toMatchObject([{ field: 'disk' }, { field: 'deleteVolume', when: 'now' }])
  expect(await host.sh(`ls ${images}`)).not.toContain('web-vda')
})

test('notes and tags count at once; what others keep in the metadata stays, with its comments', async () => {
  await host.sh(
    `virsh -q metadata web urn:other --key o --set '<kept by="other"><!-- a comment --><x>1</x></kept>' --config --live`,
  )
  const before = (await call<VmDefinition>('GET', '/definition')).body.xml
  const edited = await edit('', {
    notes: 'first\nsecond <line>',
    tags: ['web', 'blue & green'],
    owner: 'ops',
    title: 'Web',
  })
  expect(edited.outcome.map(({ field, when }) => `${field} ${when}`).toSorted()).toEqual([
    'notes now',
    'owner now',
    'tags now',
    'title now',
  ])
  expect(edited.vm).toMatchObject({
    notes: 'first\nsecond <line>',
    tags: ['web', 'blue & green'],
    owner: 'ops',
    pending: [],
  })
  const { xml, runningXml } = (await call<VmDefinition>('GET', '/definition')).body
  for (const text of [xml, runningXml ?? '']) {
    expect(text).toMatch(/<!-- a comment -->/)
    expect(text).toContain('blue &amp; green')
  }
  const untouched = before.split('\n').filter((line) => line.trim() !== '</metadata>' && line.trim() !== '<metadata>')
  expect(xml.split('\n')).toEqual(expect.arrayContaining(untouched))
})

test('an edit that began before somebody else’s is refused, with what moved', async () => {
  const { etag } = await vm()
  await edit(nic(), { queues: 2 })
  const late = await call('PATCH', '', { title: 'Late', etag })
  expect(late).toMatchObject({ status: 409, body: { code: 'vm-changed', moved: [`nic ${guest.mac}`] } })
  const now = await vm()
  expect(now.title).toBe('Web')
  await edit(nic(), { queues: 4, etag: now.etag })
})

test('the XML itself: checked, stored, compared; what would harm other VMs is refused', async () => {
  const { xml, etag } = (await call<VmDefinition>('GET', '/definition')).body
  const put = (text: string) => call<StoredDefinition & { title: string }>('PUT', '/definition', { xml: text, etag })
  expect(await put(xml.replace('<name>web</name>', '<name>..</name>'))).toMatchObject({ status: 422 })
  expect(await put(`<!DOCTYPE domain [<!ENTITY x "y">]>${xml}`)).toMatchObject({ status: 422 })
  expect(await put(xml.replace(/<uuid>.*<\/uuid>/, '<uuid>11111111-1111-4111-8111-111111111111</uuid>'))).toMatchObject(
    { status: 422 },
  )
  const unknown = await put(xml.replace('<devices>', '<devices><telepathy/>'))
  expect(unknown).toMatchObject({ status: 422, body: { errors: [{ field: 'xml' }] } })
  const broken = await call<{ errors: { line: number }[] }>('POST', '/definition/check', {
    xml: xml.replace('</devices>', ''),
  })
  expect(broken.body.errors[0]?.line).toBeGreaterThan(10)
  const stored = await put(xml.replace('<title>Web</title>', '<title>Web 2</title>'))
  expect(stored).toMatchObject({ status: 200, body: { vm: { title: 'Web 2' } } })
  expect(stored.body.diff.filter(({ kind }) => kind !== 'same' && kind !== 'gap')).toEqual([
    { kind: 'removed', text: '  <title>Web</title>' },
    { kind: 'added', text: '  <title>Web 2</title>' },
  ])
})
