/** What goes wrong while a VM is made, on a real host: whatever it is, the job ends with a sentence and nothing half-made stays. */
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openDoor, type Door } from '../../../e2e/harness/door.ts'
import type { LabHost } from '../../../e2e/lab/host.ts'
import { openLab, type Lab } from '../../../e2e/lab/lab.ts'
import { waitUntil } from '../../../e2e/lab/process.ts'
import type { Job } from '../../contract/jobs.ts'
import type { NewVm, StartedVm, VmPlan } from '../../contract/vm-create.ts'
import { sshPool } from '../../ssh/pool.ts'
import { listJournals, writeJournal } from './create/journal.ts'
import { tidyCreations } from './create/undo.ts'

let lab: Lab
let host: LabHost
let door: Door
let cookies: string
let hostId: string

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
  nics: [{ source: { kind: 'lan' } }],
  cloudInit: {},
  autostart: true,
}
const begin = async (wanted: NewVm): Promise<StartedVm> => {
  const started = await call<StartedVm>('POST', '/vms', wanted)
  if (started.status !== 202) throw new Error(JSON.stringify(started.body))
  return started.body
}
const jobNow = async ({ id }: Job): Promise<Job> => (await call<Job>('GET', `/jobs/${id}`)).body
const jobEnd = (job: Job): Promise<Job> =>
  waitUntil(`the job ${job.title} to end`, 120_000, async () => {
    const now = await jobNow(job)
    return ['done', 'failed', 'cancelled'].includes(now.state) ? now : null
  })
const stepReached = (job: Job, step: string): Promise<Job> =>
  waitUntil(`${job.title} to come to its step ${step}`, 60_000, async () => {
    const now = await jobNow(job)
    const state = now.steps.find(({ id }) => id === step)?.state
    return now.endedAt !== null || (state !== 'pending' && state !== undefined) ? now : null
  })

/** Domains and volumes whose names begin so. */
const traces = async (name: string): Promise<string[]> => {
  const domains = await waitUntil('libvirt to answer', 60_000, async () => {
    const listed = await host.exec(['virsh', '-q', 'list', '--all', '--name'])
    return listed.code === 0 ? listed.stdout.split('\n') : null
  })
  const files = (await host.sh(`ls ${images}`)).split('\n')
  return [...domains, ...files].filter((one) => one.startsWith(name))
}
const killLibvirtd = () => host.sh('kill -9 $(cat /run/libvirtd.pid || pidof libvirtd)')

/** Makes a program of the host wait, before it does its work, until it is let go. */
async function hold(program: string): Promise<{ reached: () => Promise<unknown>; release: () => Promise<string> }> {
  await host.sh(
    `rm -f /run/held /run/let-go; cp -n ${program} ${program}.real; cat >${program}.held && chmod 755 ${program}.held && mv ${program}.held ${program}`,
    { stdin: `#!/bin/sh\ntouch /run/held\nuntil [ -e /run/let-go ]; do sleep 0.05; done\nexec ${program}.real "$@"\n` },
  )
  return {
    reached: () =>
      waitUntil(`${program} to be reached`, 60_000, async () =>
        (await host.exec(['test', '-e', '/run/held'])).code === 0 ? true : null,
      ),
    release: () => host.sh(`touch /run/let-go; cp ${program}.real ${program}.back && mv ${program}.back ${program}`),
  }
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
  hostId = (added.body as { id: string }).id
  await call('POST', '/hosts/kvm1/facts/refresh')
})
afterAll(async () => {
  sshPool().close()
  await door?.close()
  await lab?.close()
})
// What killed libvirtd too often in a row is kept down by systemd.
beforeEach(() => host.sh('systemctl reset-failed libvirtd.service; systemctl start libvirtd.service'))

describe('libvirtd killed', () => {
  test.each(['check', 'seed', 'define', 'autostart', 'start'])('as it comes to the step %s', async (step) => {
    const name = `killed-${step}`
    const { job } = await begin({ ...small, name })
    await stepReached(job, step)
    await killLibvirtd()
    const ended = await jobEnd(job)
    // It may have been faster than the kill, or libvirt back before it was missed: then the VM is whole.
    const isMade = ended.state === 'done'
    expect(ended.problem?.title ?? 'libvirt was back').toMatch(/libvirt.* (away|answer|ended|back)/)
    expect(await traces(name)).toEqual(isMade ? [name, `${name}-seed.iso`, `${name}-vda.qcow2`] : [])
    if (isMade) await call('DELETE', `/vms/kvm1:${name}`, { force: true })
    expect(await listJournals(hostId)).toEqual([])
  })

  test('while it makes a disk', async () => {
    const held = await hold('/usr/bin/qemu-img')
    const { job } = await begin({ ...small, name: 'killed-volumes' })
    await held.reached()
    await killLibvirtd()
    await held.release()
    const ended = await jobEnd(job)
    expect(ended).toMatchObject({
      state: 'failed',
      problem: { code: 'libvirt-gone', title: expect.stringMatching(/kvm1 went away/) },
    })
    expect(await traces('killed-volumes')).toEqual([])
  })
})

test('a disk that fills up while an image is copied', async () => {
  const held = await hold('/usr/bin/qemu-img')
  const disks: NewVm['disks'] = [{ from: 'image', image: 'guest.qcow2', mode: 'copy' }]
  const { job } = await begin({ ...small, name: 'full', disks })
  await held.reached()
  await host.fillDisk()
  try {
    await host.sh('touch /run/let-go')
    const ended = await jobEnd(job)
    expect(ended).toMatchObject({ state: 'failed', problem: { title: expect.stringMatching(/full/) } })
  } finally {
    await host.freeDisk()
    await held.release()
  }
  expect(await traces('full')).toEqual([])
})

test('a creation that is cancelled while an image is copied', async () => {
  const held = await hold('/usr/bin/qemu-img')
  const disks: NewVm['disks'] = [{ from: 'image', image: 'guest.qcow2', mode: 'copy', format: 'raw' }]
  const { job } = await begin({ ...small, name: 'cancelled', disks })
  await held.reached()
  expect(await call('POST', `/jobs/${job.id}/cancel`)).toMatchObject({ status: 202 })
  expect(await jobEnd(job)).toMatchObject({ state: 'cancelled' })
  await held.release()
  // What libvirt was in the middle of ends first; then it is taken back.
  await waitUntil('what was made to be taken back', 60_000, async () =>
    (await listJournals(hostId)).length === 0 ? true : null,
  )
  expect(await traces('cancelled')).toEqual([])
})

test('two people making a VM of one name at once: one has it, the other is told', async () => {
  const wanted = { ...small, name: 'twice', start: false }
  const begun = await Promise.all([call<StartedVm>('POST', '/vms', wanted), call<StartedVm>('POST', '/vms', wanted)])
  const ends = await Promise.all(
    begun.map(({ status, body }) => (status === 202 ? jobEnd(body.job) : Promise.resolve(null))),
  )
  expect(ends.filter((end) => end?.state === 'done')).toHaveLength(1)
  for (const [index, end] of ends.entries()) {
    if (end?.state === 'done') continue
    const said = end === null ? JSON.stringify(begun[index]?.body) : (end.problem?.title ?? '')
    expect(said).toMatch(/kvm1 has a VM called twice already/)
  }
  expect(await traces('twice')).toEqual(['twice', 'twice-seed.iso', 'twice-vda.qcow2'])
})

test('two people deleting one VM at once: it is gone once, and nobody is told of a bug', async () => {
  const { job, vm } = await begin({ ...small, name: 'goner', start: false })
  await jobEnd(job)
  const disks = [{ target: 'vda', source: `${images}/goner-vda.qcow2` }]
  const both = await Promise.all([
    call<{ deleted: string[] }>('DELETE', `/vms/${vm.id}`, { disks }),
    call<{ title: string }>('DELETE', `/vms/${vm.id}`, { disks }),
  ])
  const statuses = both.map(({ status }) => status)
  expect(statuses).toContain(200)
  for (const status of statuses) expect([200, 404, 409]).toContain(status)
  // The seed was not named: it stays.
  expect(await traces('goner')).toEqual(['goner-seed.iso'])
})

test('images that are broken are refused, or found out while they are copied', async () => {
  await host.sh(
    `head -c 1M /dev/urandom >${images}/noise.qcow2; head -c 2M ${images}/guest.qcow2 >${images}/short.qcow2; virsh -q pool-refresh default`,
  )
  const of = (image: string): NewVm => ({ ...small, name: 'broken', disks: [{ from: 'image', image, mode: 'copy' }] })
  const noise = await call<{ title: string }>('POST', '/vms', of('noise.qcow2'))
  expect(noise).toMatchObject({
    status: 422,
    body: { title: expect.stringMatching(/broken: it is not in qcow2 format/) },
  })
  const { job } = await begin(of('short.qcow2'))
  expect(await jobEnd(job)).toMatchObject({ state: 'failed', problem: { code: 'broken-image' } })
  expect(await traces('broken')).toEqual([])
})

test('QEMU that can’t start the VM: its own words as a sentence, and nothing stays', async () => {
  const plan = (await call<VmPlan>('POST', '/vms/plan', { ...small, name: 'unstarted' })).body
  expect(plan.refusals).toEqual([])
  // The bridge goes away between the definition and the start.
  await host.sh(
    'mkdir -p /etc/libvirt/hooks && cat >/etc/libvirt/hooks/qemu && chmod 755 /etc/libvirt/hooks/qemu && systemctl restart libvirtd',
    { stdin: '#!/bin/sh\n[ "$2" = prepare ] && exit 1\nexit 0\n' },
  )
  const { job } = await begin({ ...small, name: 'unstarted' })
  const ended = await jobEnd(job)
  await host.sh('rm /etc/libvirt/hooks/qemu && systemctl restart libvirtd')
  expect(ended).toMatchObject({
    state: 'failed',
    problem: { code: 'vm-start-failed', title: expect.stringMatching(/hook/i) },
  })
  expect(await traces('unstarted')).toEqual([])
})

test('what a killed process left is taken back when the host is read again', async () => {
  const left = {
    jobId: 'gone',
    hostId,
    uuid: randomUUID(),
    name: 'left',
    volumes: [{ pool: 'default', volume: 'left-vda.qcow2' }],
  }
  await writeJournal(left)
  await host.sh(`qemu-img create -q -f qcow2 ${images}/left-vda.qcow2 1M; touch ${images}/left-alone.img`)
  await tidyCreations(hostId)
  expect(await traces('left')).toEqual(['left-alone.img'])
  expect(await listJournals(hostId)).toEqual([])
})
