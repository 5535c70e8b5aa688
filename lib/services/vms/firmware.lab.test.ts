/** UEFI, secure boot and TPMs through the API: on a real host that has the packages, and on one that has not. */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDoor, type Door } from '../../../e2e/harness/door.ts'
import { jobEnd } from '../../../e2e/harness/vm-jobs.ts'
import { leaseOf } from '../../../e2e/lab/guest.ts'
import type { LabHost } from '../../../e2e/lab/host.ts'
import { openLab, type Lab } from '../../../e2e/lab/lab.ts'
import { waitUntil } from '../../../e2e/lab/process.ts'
import type { Choices, NewVm, RemovedVm, StartedVm, VmPlan } from '../../contract/vm-create.ts'
import type { VmSnapshotList } from '../../contract/vm-snapshots.ts'
import type { VmDetail } from '../../contract/vms.ts'
import { sshPool } from '../../ssh/pool.ts'

let lab: Lab
let host: LabHost
let bare: LabHost
let door: Door
let cookies: string

const images = '/var/lib/libvirt/images'
const nvram = '/var/lib/libvirt/qemu/nvram'
const tpms = '/var/lib/libvirt/swtpm'

const send = (method: string, path: string, body?: unknown) => door.call(method, path, body, { cookies })
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- what comes back is what the caller says it is
const call = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
  const answer = await send(method, path, body)
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`)
  return answer.body as T
}
const done = async (method: string, path: string, body?: unknown): Promise<void> => {
  const { status, text, body: answered } = await send(method, path, body)
  const job = (answered as Partial<StartedVm>).job ?? answered
  expect(
    await jobEnd(door, { status, text, body: job } as Awaited<ReturnType<Door['call']>>, { cookies }),
  ).toMatchObject({ state: 'done', problem: null })
}
const wanted = (name: string, more: Partial<NewVm>): NewVm => ({
  name,
  host: 'kvm1',
  vcpus: 1,
  memoryBytes: 512 * 1024 ** 2,
  disks: [{ from: 'image', image: 'guest.qcow2', mode: 'linked' }],
  nics: [{ source: { kind: 'bridge', bridge: 'br0' } }],
  ...more,
})
const detail = (name: string) => call<VmDetail>('GET', `/vms/kvm1:${name}`)
const refusals = async (more: Partial<NewVm>): Promise<Record<string, string>> => {
  const plan = await call<VmPlan>('POST', '/vms/plan', wanted('never', more))
  return Object.fromEntries(plan.refusals.map(({ field, message }) => [field, message]))
}
const ls = async (directory: string) => (await host.sh(`ls ${directory}`)).split('\n').filter((name) => name !== '')
/** What a guest says to a line of shell; its firmware and then its kernel take a while to start. */
const inGuest = async (name: string, line: string): Promise<string> => {
  const mac = (await detail(name)).nics[0]?.mac ?? ''
  return waitUntil(`${name} to answer "${line}"`, 150_000, async () => {
    const address = leaseOf(lab.record, mac)
    if (address === null) return null
    const said = await host.exec(['sh', '-c', `printf '%s\\n' "$(cat)" | nc -w 5 ${address} 7`], {
      stdin: `${line}; echo END`,
    })
    return said.stdout.trimEnd().endsWith('END') ? said.stdout.trimEnd().slice(0, -3).trimEnd() : null
  })
}
const firmwareSeen =
  'test -d /sys/firmware/efi && echo uefi; dmesg | grep -o "Secure boot [a-z]*" | head -1; ls /sys/firmware/acpi/tables | grep TPM2'

async function add(name: string, to: LabHost): Promise<void> {
  await to.sh(
    `virsh -q pool-define-as default dir --target ${images} && virsh -q pool-start default && virsh -q pool-autostart default`,
  )
  const fingerprint = (await to.fingerprints()).find(({ type }) => type === 'ed25519')?.sha256
  const signIn = { kind: 'stored-key', privateKey: readFileSync(to.keyPath, 'utf8') }
  await call('POST', '/hosts', { name, address: to.address, port: 22, user: 'root', fingerprint, signIn })
  await call('POST', `/hosts/${name}/facts/refresh`)
}

beforeAll(async () => {
  lab = await openLab({ say: console.error })
  host = await lab.addHost({ name: 'kvm1', bridge: true })
  bare = await lab.addHost({ name: 'bare', bridge: true })
  await bare.sh('dpkg --purge swtpm-tools swtpm ovmf >/dev/null')
  door = await openDoor()
  cookies = await door.claim()
  await add('kvm1', host)
  await add('bare', bare)
})
afterAll(async () => {
  sshPool().close()
  await door?.close()
  await lab?.close()
})

test('a host offers what its packages let it; one without them names what to install', async () => {
  const { items } = await call<Choices>('GET', '/vms/choices')
  const offered = Object.fromEntries(items.map(({ host: { name }, firmwares, tpm }) => [name, { firmwares, tpm }]))
  expect(offered).toEqual({
    bare: { firmwares: ['bios'], tpm: false },
    kvm1: { firmwares: ['bios', 'uefi', 'uefi-secure'], tpm: true },
  })
  expect(await refusals({ host: 'bare', firmware: 'uefi', tpm: true })).toEqual({
    firmware: expect.stringMatching(/bare has no UEFI firmware\. Install .*ovmf/),
    tpm: expect.stringMatching(/swtpm and swtpm-tools/),
  })
  expect(await refusals({ host: 'bare', firmware: 'uefi-secure' })).toEqual({
    firmware: expect.stringMatching(/Install .*ovmf/),
  })
  expect(await refusals({ firmware: 'uefi-secure', machine: 'pc', tpm: true })).toEqual({
    firmware: 'Secure boot needs the machine q35.',
  })
})

test('UEFI: the guest boots by it, from variables of its own', async () => {
  await done('POST', '/vms', wanted('efi1', { firmware: 'uefi' }))
  expect(await inGuest('efi1', firmwareSeen)).toMatch(/^uefi\nSecure boot disabled$/i)
  expect(await detail('efi1')).toMatchObject({ firmware: 'uefi', secureBoot: false, tpm: false, pending: [] })
  expect(await ls(nvram)).toEqual(['efi1_VARS.fd'])
  expect(await host.sh('virsh dumpxml efi1')).toMatch(/OVMF_CODE_4M\.fd<[^]*OVMF_VARS_4M\.fd'>.*efi1_VARS\.fd</)
})

test('secure boot and a TPM 2.0: the guest has both', async () => {
  await done('POST', '/vms', wanted('safe1', { firmware: 'uefi-secure', tpm: true }))
  expect(await inGuest('safe1', firmwareSeen)).toMatch(/^uefi\nSecure boot enabled\nTPM2$/i)
  const vm = await detail('safe1')
  expect(vm).toMatchObject({ firmware: 'uefi', secureBoot: true, tpm: true, pending: [] })
  expect(await host.sh('virsh dumpxml safe1')).toMatch(
    /secure='yes' type='pflash'>.*OVMF_CODE_4M\.ms\.fd<[^]*OVMF_VARS_4M\.ms\.fd'[^]*<smm state='on'/,
  )
  const running = await host.sh('ps -C swtpm,qemu-system-x86 -o args=')
  expect(running).toContain(`--tpmstate dir=${tpms}/${vm.id}/tpm2`)
  expect(running).toMatch(/guest=safe1,.*-tpmdev emulator,/)
})

test('what is not signed does not boot under secure boot', async () => {
  await done('POST', '/vms', wanted('unsigned', { firmware: 'uefi-secure', disks: [], nics: [] }))
  await waitUntil('the firmware to refuse its own unsigned shell', 90_000, async () => {
    const said = await host.sh('cat /var/log/libvirt/qemu/unsigned-serial0.log')
    return /EFI Internal Shell.*: Security Violation/.test(said) ? true : null
  })
  expect(await detail('unsigned')).toMatchObject({ state: 'running', secureBoot: true })
  await call('DELETE', '/vms/kvm1:unsigned', { force: true })
})

test('a snapshot with its memory is refused beforehand, one of the disks is taken', async () => {
  const { offer } = await call<VmSnapshotList>('GET', '/vms/kvm1:efi1/snapshots')
  expect(offer).toMatchObject({ internal: expect.stringMatching(/UEFI/), external: null })
  const refused = await send('POST', '/vms/kvm1:efi1/snapshots', { name: 'inside' })
  expect(refused).toMatchObject({ status: 422, body: { title: offer.internal } })
  await done('POST', '/vms/kvm1:efi1/snapshots', { name: 'outside', kind: 'external' })
  expect(await inGuest('efi1', 'echo on')).toBe('on')
  await call('DELETE', '/vms/kvm1:efi1', {
    force: true,
    snapshots: true,
    disks: (await detail('efi1')).disks.map(({ target, source }) => ({ target, source })),
  })
  expect(await ls(nvram)).toEqual(['safe1_VARS.fd'])
})

test('an edit leaves firmware and TPM as they are, and the firmware tries the devices in the order that was asked for', async () => {
  await call('POST', '/vms/kvm1:safe1/destroy', {})
  const variables = await host.sh(`sha256sum ${nvram}/safe1_VARS.fd`)
  const disk = { kind: 'disk', device: 'vda' }
  const nic = { kind: 'nic', device: (await detail('safe1')).nics[0]?.mac }
  await call('PATCH', '/vms/kvm1:safe1', { bootOrder: [nic, disk] })
  await call('POST', '/vms/kvm1:safe1/start', {})
  await waitUntil('the firmware to look for a server on the LAN first', 90_000, async () =>
    (await host.sh('cat /var/log/libvirt/qemu/safe1-serial0.log')).includes('Start PXE over IPv4') ? true : null,
  )
  await call('POST', '/vms/kvm1:safe1/destroy', {})
  const memoryBytes = 640 * 1024 ** 2
  await call('PATCH', '/vms/kvm1:safe1', { memoryBytes, maxMemoryBytes: memoryBytes, bootOrder: [disk, nic] })
  await call('POST', '/vms/kvm1:safe1/start', {})
  expect(await inGuest('safe1', firmwareSeen)).toMatch(/^uefi\nSecure boot enabled\nTPM2$/i)
  expect(await detail('safe1')).toMatchObject({ memoryBytes, secureBoot: true, tpm: true, pending: [] })
  expect(await host.sh(`sha256sum ${nvram}/safe1_VARS.fd`)).not.toBe(variables)
})

test('a clone has a copy of the variables and a TPM of its own, and both run at once', async () => {
  await call('POST', '/vms/kvm1:safe1/destroy', {})
  await done('POST', '/vms/kvm1:safe1/clone', { name: 'safe2' })
  await host.sh(`cmp ${nvram}/safe1_VARS.fd ${nvram}/safe2_VARS.fd`)
  for (const name of ['safe1', 'safe2']) await call('POST', `/vms/kvm1:${name}/start`, {})
  for (const name of ['safe1', 'safe2'])
    expect(await inGuest(name, firmwareSeen)).toMatch(/^uefi\nSecure boot enabled\nTPM2$/i)
  const ids = await Promise.all(['safe1', 'safe2'].map(async (name) => (await detail(name)).id))
  expect(await ls(tpms)).toEqual(ids.toSorted())
})

test('variables that a VM of that name left behind are neither taken over nor deleted', async () => {
  await host.sh(`echo precious > ${nvram}/left_VARS.fd`)
  const asked = [
    ['/vms', wanted('left', { firmware: 'uefi' })],
    ['/vms/kvm1:safe1/clone', { name: 'left', mode: 'linked' }],
  ] as const
  await call('POST', '/vms/kvm1:safe1/destroy', {})
  for (const [path, body] of asked) {
    const { status, text, body: answered } = await send('POST', path, body)
    const job = (answered as Partial<StartedVm>).job ?? answered
    const answer = { status, text, body: job } as Awaited<ReturnType<Door['call']>>
    expect(await jobEnd(door, answer, { cookies })).toMatchObject({
      state: 'failed',
      problem: { code: 'variables-left', title: expect.stringContaining(`${nvram}/left_VARS.fd. Remove that file`) },
    })
    expect(await host.sh(`cat ${nvram}/left_VARS.fd; virsh list --all --name`)).toMatch(/^precious\n(?![^]*left)/)
  }
  await host.sh(`rm ${nvram}/left_VARS.fd`)
  await call('POST', '/vms/kvm1:safe1/start', {})
})

test('a template keeps the kind of firmware and the TPM', async () => {
  await call('POST', '/vms/kvm1:safe2/destroy', {})
  await done('POST', '/vms/kvm1:safe2/template', { name: 'Golden' })
  await done('POST', '/vms', { name: 'safe3', host: 'kvm1', preset: 'Golden' })
  expect(await inGuest('safe3', firmwareSeen)).toMatch(/^uefi\nSecure boot enabled\nTPM2$/i)
})

test('with a VM its variables and its TPM’s state go, and nothing of the others', async () => {
  // As other tools write it: libvirt would keep that state.
  await call('POST', '/vms/kvm1:safe3/destroy', {})
  await host.sh(
    "virsh dumpxml --inactive safe3 | sed \"s/<backend type='emulator'/& persistent_state='yes'/\" >/root/safe3.xml && virsh -q define /root/safe3.xml",
  )
  const safe1 = await detail('safe1')
  for (const name of ['safe2', 'safe3']) await call<RemovedVm>('DELETE', `/vms/kvm1:${name}`, { force: true })
  expect(await ls(nvram)).toEqual(['safe1_VARS.fd'])
  expect(await ls(tpms)).toEqual([safe1.id])
  await call('DELETE', '/vms/kvm1:safe1', { force: true })
  expect([...(await ls(nvram)), ...(await ls(tpms))]).toEqual([])
})

test('a VM whose host has lost the packages says which', async () => {
  await done('POST', '/vms', wanted('lost', { firmware: 'uefi', tpm: true, start: false }))
  for (const [packages, named] of [
    ['ovmf', /Install ovmf/],
    ['swtpm-tools swtpm', /Install swtpm and swtpm-tools/],
  ] as const) {
    await host.sh(`dpkg --purge ${packages} >/dev/null`)
    const refused = await send('POST', '/vms/kvm1:lost/start', {})
    expect(refused).toMatchObject({ status: 409, body: { title: expect.stringMatching(named) } })
  }
  await call('DELETE', '/vms/kvm1:lost', {})
})
