/** vCPUs and memory of a VM that runs, on a real host with a real guest, which is asked what it has. */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDoor, type Door } from '../../../../e2e/harness/door.ts'
import type { LabGuest } from '../../../../e2e/lab/guest.ts'
import type { LabHost } from '../../../../e2e/lab/host.ts'
import { openLab, type Lab } from '../../../../e2e/lab/lab.ts'
import { waitUntil } from '../../../../e2e/lab/process.ts'
import type { EditedVm } from '../../../contract/vm-edit.ts'
import type { VmDetail } from '../../../contract/vms.ts'
import { sshPool } from '../../../ssh/pool.ts'

let lab: Lab
let host: LabHost
let guest: LabGuest
let door: Door
let cookies: string

const mib = 1024 * 1024
const vm = async (): Promise<VmDetail> =>
  (await door.call('GET', '/vms/sizes:web', undefined, { cookies })).body as VmDetail
const edit = async (body: object): Promise<EditedVm> => {
  const answer = await door.call('PATCH', '/vms/sizes:web', body, { cookies })
  if (answer.status !== 200) throw new Error(answer.text)
  return answer.body as EditedVm
}
const virsh = (line: string) => host.sh(`virsh -q -c qemu:///system ${line}`)
/** What the guest says to a line of shell. */
const inGuest = (line: string) =>
  host.sh(`printf '%s\n' "$(cat)" | nc -w 20 ${guest.address} 7 || true`, { stdin: line })
const guestSays = (line: string, isSo: (said: string) => boolean) =>
  waitUntil(`the guest to answer ${line}`, 60_000, async () => {
    const said = (await inGuest(line)).trim()
    return isSo(said) ? said : null
  })

beforeAll(async () => {
  lab = await openLab({ say: console.error })
  host = await lab.addHost({ name: 'sizes', bridge: true })
  guest = await host.addGuest({ name: 'web', agent: true, memoryMib: 256 })
  door = await openDoor()
  cookies = await door.claim()
  const fingerprint = (await host.fingerprints()).find(({ type }) => type === 'ed25519')?.sha256
  const signIn = { kind: 'stored-key', privateKey: readFileSync(host.keyPath, 'utf8') }
  const wanted = { name: 'sizes', address: host.address, port: 22, user: 'root', fingerprint, signIn }
  const added = await door.call('POST', '/hosts', wanted, { cookies })
  if (added.status !== 201) throw new Error(added.text)
})
afterAll(async () => {
  sshPool().close()
  await door?.close()
  await lab?.close()
})

const cpus = (list: string) => guestSays('cat /sys/devices/system/cpu/online', (said) => said === list)

test('more vCPUs than it runs with room for are pending until its next start, and are the guest’s then', async () => {
  const { outcome, vm: after } = await edit({ vcpus: 2, maxVcpus: 4 })
  expect(outcome).toMatchObject([
    { field: 'vcpus', when: 'next-start', message: expect.stringMatching(/room for no more than 1;.*next start/) },
    { field: 'maxVcpus', when: 'next-start', message: expect.stringMatching(/next start/) },
  ])
  expect(after).toMatchObject({ pending: ['vcpus'], vcpus: 1, maxVcpus: 1, defined: { vcpus: 2, maxVcpus: 4 } })
  await cpus('0')
  await virsh('destroy web')
  await virsh('start web')
  await cpus('0-1')
  expect(await vm()).toMatchObject({ pending: [], vcpus: 2, maxVcpus: 4 })
})

test('are plugged in under the running guest, which uses them', async () => {
  await waitUntil('the agent', 60_000, async () => ((await vm()).agent === 'connected' ? true : null))
  const { outcome, vm: after } = await edit({ vcpus: 4 })
  expect(outcome).toEqual([{ field: 'vcpus', when: 'now', message: null }])
  expect(after).toMatchObject({ pending: [], vcpus: 4, defined: { vcpus: 4 } })
  await cpus('0-3')
})

test('that no agent can be asked about are said to be, with what a Linux guest needs', async () => {
  await virsh('setvcpus web 2 --config')
  await virsh('destroy web')
  await virsh('start web')
  await cpus('0-1')
  await waitUntil('the agent', 60_000, async () => ((await vm()).agent === 'connected' ? true : null))
  await inGuest('killall qemu-ga')
  await waitUntil('the agent to be gone', 30_000, async () => ((await vm()).agent === 'connected' ? null : true))
  const { outcome } = await edit({ vcpus: 4 })
  expect(outcome).toMatchObject([{ field: 'vcpus', when: 'now', message: expect.stringMatching(/chcpu -e 2-3/) }])
  await guestSays('cat /sys/devices/system/cpu/present', (said) => said === '0-3')
  await cpus('0-1')
})

test('are plugged out when the guest lets them go, and never those that it booted with', async () => {
  const less = await edit({ vcpus: 3 })
  await guestSays('cat /sys/devices/system/cpu/present', (said) => said === '0-2')
  // Without KVM QEMU 7.2 throws it away and does not tell libvirt, which has it for ever; libvirt is who is asked.
  const isOut = (await virsh('dumpxml web')).includes("id='3' enabled='no'")
  expect(less.outcome).toMatchObject([{ field: 'vcpus', when: isOut ? 'now' : 'next-start' }])
  expect(less.vm).toMatchObject({ vcpus: isOut ? 3 : 4, defined: { vcpus: 3 }, pending: isOut ? [] : ['vcpus'] })
  const fewest = await edit({ vcpus: 1 })
  expect(fewest.outcome).toMatchObject([
    { field: 'vcpus', when: 'next-start', message: expect.stringMatching(/that it booted with/) },
  ])
  expect(fewest.vm).toMatchObject({ pending: ['vcpus'], vcpus: less.vm.vcpus, defined: { vcpus: 1 } })
})

test('memory is given back and taken by the guest’s balloon', async () => {
  const total = async () => Number(/MemTotal: +(\d+) kB/.exec(await inGuest('cat /proc/meminfo'))?.[1] ?? 0) * 1024
  const before = await total()
  const less = await edit({ memoryBytes: 160 * mib })
  expect(less.outcome).toEqual([{ field: 'memoryBytes', when: 'now', message: null }])
  expect(less.vm).toMatchObject({ memoryBytes: 160 * mib, maxMemoryBytes: 256 * mib })
  expect(before - (await total())).toBe(96 * mib)
  const more = await edit({ memoryBytes: 300 * mib })
  expect(more.outcome).toMatchObject([
    { field: 'memoryBytes', when: 'next-start', message: expect.stringMatching(/room for 256 MiB/) },
    { field: 'maxMemoryBytes', when: 'next-start', message: expect.stringMatching(/next start/) },
  ])
  expect(more.vm).toMatchObject({ memoryBytes: 160 * mib, pending: expect.arrayContaining(['memory']) })
  const back = await edit({ memoryBytes: 256 * mib, maxMemoryBytes: 256 * mib })
  expect(back.outcome).toContainEqual({ field: 'memoryBytes', when: 'now', message: null })
  expect(await total()).toBe(before)
})

test('a guest without the balloon’s driver keeps its memory; that is said, and asked of it again', async () => {
  await inGuest('rmmod virtio_balloon')
  const asked = await edit({ memoryBytes: 192 * mib })
  const notYet = { field: 'memoryBytes', when: 'next-start', message: expect.stringMatching(/balloon driver.*256 MiB/) }
  expect(asked.outcome).toMatchObject([notYet])
  expect(asked.vm).toMatchObject({ memoryBytes: 256 * mib, defined: { memoryBytes: 192 * mib } })
  await inGuest('insmod /modules/virtio_balloon.ko')
  const again = await edit({ memoryBytes: 192 * mib })
  expect(again.outcome).toEqual([{ field: 'memoryBytes', when: 'now', message: null }])
})
