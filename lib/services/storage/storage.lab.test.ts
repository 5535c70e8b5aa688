/** Pools, volumes and images through the API, on a real host. LVM, NFS and ZFS need a kernel of its own: lib/vm/pool.test.ts. */
import { createHash, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openDoor, type Door } from '../../../e2e/harness/door.ts'
import type { LabHost } from '../../../e2e/lab/host.ts'
import { openLab, type Lab } from '../../../e2e/lab/lab.ts'
import { waitUntil } from '../../../e2e/lab/process.ts'
import type { Job } from '../../contract/jobs.ts'
import type { Image, ImageList, PoolList, StoragePool, Upload, Volume } from '../../contract/storage.ts'
import { sshPool } from '../../ssh/pool.ts'

let lab: Lab
let host: LabHost
let door: Door
let cookies: string

interface Refused {
  code: string
  title: string
  [extra: string]: unknown
}

// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- what comes back is what the caller says it is
const call = async <T = Refused>(
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; body: T }> => {
  const answer = await door.call(method, `/hosts/lan${path}`, body, { cookies })
  return { status: answer.status, body: answer.body as T }
}
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- as above
const send = async <T = Refused>(
  path: string,
  offset: number,
  bytes: Uint8Array | ReadableStream,
  length = bytes instanceof Uint8Array ? bytes.length : 0,
) => {
  const headers = { 'content-type': 'application/octet-stream', 'content-length': String(length) }
  const answer = await door.call('PATCH', `/hosts/lan${path}?offset=${offset}`, bytes, { cookies, headers })
  return { status: answer.status, body: answer.body as T }
}
const pools = async () => (await call<PoolList>('GET', '/pools')).body
const images = async () => (await call<ImageList>('GET', '/images')).body
const volumes = async (pool: string) => (await call<{ items: Volume[] }>('GET', `/pools/${pool}/volumes`)).body.items
const files = async (directory: string) => (await host.sh(`ls -A ${directory}`)).split('\n').filter(Boolean)

/** A job to its end. */
const ended = (job: Job): Promise<Job> =>
  waitUntil(`the job "${job.title}" to end`, 90_000, async () => {
    const now = (await door.call('GET', `/jobs/${job.id}`, undefined, { cookies })).body as Job
    return ['done', 'failed', 'cancelled'].includes(now.state) ? now : null
  })

const mebibyte = 1024 ** 2
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const content = randomBytes(6 * mebibyte)
const begin = (name: string, bytes: Uint8Array, pool = 'lab') =>
  call<Upload & Refused>('POST', `/pools/${pool}/uploads`, {
    name,
    sizeBytes: bytes.length,
    fingerprint: sha256(bytes),
  })
const at = ({ id }: Upload, pool = 'lab') => `/pools/${pool}/uploads/${encodeURIComponent(id)}`
async function upload(name: string, bytes: Uint8Array, checksum: object | null = null) {
  const begun = await begin(name, bytes)
  await send(at(begun.body), begun.body.receivedBytes, bytes.subarray(begun.body.receivedBytes))
  return call<Image & Refused>('POST', `${at(begun.body)}/finish`, { checksum })
}

beforeAll(async () => {
  lab = await openLab({ say: console.error })
  host = await lab.addHost({ name: 'lan', bridge: true })
  door = await openDoor()
  cookies = await door.claim()
  const fingerprint = (await host.fingerprints()).find(({ type }) => type === 'ed25519')?.sha256
  const signIn = { kind: 'stored-key', privateKey: readFileSync(host.keyPath, 'utf8') }
  const wanted = { name: 'lan', address: host.address, port: 22, user: 'root', fingerprint, signIn }
  const added = await door.call('POST', '/hosts', wanted, { cookies })
  if (added.status !== 201) throw new Error(added.text)
  for (const [name, path] of [
    ['lab', '/srv/lab'],
    ['default', '/var/lib/libvirt/images'],
  ] as const)
    await call('POST', '/pools', { name, kind: 'dir', path })
})
afterAll(async () => {
  sshPool().close()
  await door?.close()
  await lab?.close()
})

describe('a pool', () => {
  test('of a directory is made, started, refreshed, stopped and forgotten; what is in it stays', async () => {
    const made = await call<StoragePool>('POST', '/pools', { name: 'scratch', kind: 'dir', path: '/srv/scratch' })
    expect(made).toMatchObject({
      status: 201,
      body: { name: 'scratch', kind: 'dir', state: 'running', autostart: true, volumes: 0, holdsImages: true, vms: [] },
    })
    expect(made.body.capacityBytes).toBeGreaterThan(0)
    await host.sh('truncate -s 2M /srv/scratch/by-hand.raw')
    expect((await call<StoragePool>('POST', '/pools/scratch/refresh')).body.volumes).toBe(1)
    expect((await call<StoragePool>('POST', '/pools/scratch/stop')).body).toMatchObject({
      state: 'inactive',
      volumes: null,
      capacityBytes: null,
    })
    expect(await call('POST', '/pools/scratch/refresh')).toMatchObject({ status: 409, body: { code: 'pool-inactive' } })
    expect((await call<StoragePool>('PATCH', '/pools/scratch', { autostart: false })).body.autostart).toBe(false)
    expect((await call<StoragePool>('POST', '/pools/scratch/start')).body).toMatchObject({
      state: 'running',
      volumes: 1,
    })
    expect(await call('DELETE', '/pools/scratch')).toMatchObject({ status: 204 })
    expect((await pools()).items.map(({ name }) => name)).toEqual(['default', 'lab'])
    expect(await files('/srv/scratch')).toEqual(['by-hand.raw'])
  })

  test('is only offered where libvirt has its driver', async () => {
    const { offered } = await pools()
    expect(offered).toContain('dir')
    const told = await host.sh('virsh -q pool-capabilities')
    expect(offered.includes('zfs')).toBe(/type='zfs' supported='yes'/.test(told))
  })

  test('that can’t be is refused by field, and leaves nothing', async () => {
    expect(await call('POST', '/pools', { name: 'lab', kind: 'dir', path: '/srv/lab' })).toMatchObject({
      status: 422,
      body: { errors: [{ field: 'name' }, { field: 'path' }] },
    })
    await host.sh('install -d -m 0700 /srv/closed')
    expect(await call('POST', '/pools', { name: 'shut', kind: 'dir', path: '/srv/closed/in' })).toMatchObject({
      status: 422,
      body: { title: expect.stringMatching(/\/srv\/closed is closed to others/) },
    })
    const group = await call('POST', '/pools', { name: 'lvm', kind: 'logical', volumeGroup: 'nothing' })
    expect([409, 422]).toContain(group.status)
    expect((await pools()).items.map(({ name }) => name)).toEqual(['default', 'lab'])
  })
})

describe('a volume', () => {
  test('is made, grown, copied into another format, and deleted', async () => {
    const made = await call<Volume>('POST', '/pools/lab/volumes', { name: 'disk.qcow2', capacityBytes: 8 * mebibyte })
    expect(made).toMatchObject({ status: 201, body: { format: 'qcow2', capacityBytes: 8 * mebibyte, usedBy: [] } })
    expect(await call('POST', '/pools/lab/volumes', { name: 'disk.qcow2', capacityBytes: mebibyte })).toMatchObject({
      status: 422,
      body: { errors: [{ field: 'name' }] },
    })
    const path = '/pools/lab/volumes/disk.qcow2'
    expect(await call('POST', `${path}/resize`, { capacityBytes: 4 * mebibyte })).toMatchObject({ status: 422 })
    expect((await call<Volume>('POST', `${path}/resize`, { capacityBytes: 16 * mebibyte })).body.capacityBytes).toBe(
      16 * mebibyte,
    )
    const asked = await call<Job>('POST', `${path}/clone`, { name: 'copy.raw', format: 'raw', pool: 'default' })
    expect(asked.status).toBe(202)
    expect(await ended(asked.body)).toMatchObject({ state: 'done', result: { pool: 'default', volume: 'copy.raw' } })
    const copy = (await volumes('default')).find(({ name }) => name === 'copy.raw')
    expect(copy).toMatchObject({ format: 'raw', capacityBytes: 16 * mebibyte })
    expect((await call('DELETE', '/pools/default/volumes/copy.raw')).status).toBe(204)
    expect((await call('DELETE', path)).status).toBe(204)
    expect(await volumes('lab')).toEqual([])
  })

  test('too large for what is free says how much is missing', async () => {
    const huge = { name: 'huge.raw', format: 'raw', capacityBytes: 32 * 1024 ** 4, preallocate: true }
    expect(await call('POST', '/pools/lab/volumes', huge)).toMatchObject({
      status: 422,
      body: { title: expect.stringMatching(/TiB are needed, .* are free, .*TiB are missing/) },
    })
  })
})

describe('what is in use', () => {
  const disk = (path: string, target: string, device = 'disk') =>
    `<disk type='file' device='${device}'><driver name='qemu' type='${path.endsWith('.iso') ? 'raw' : 'qcow2'}'/><source file='${path}'/><target dev='${target}' bus='${device === 'cdrom' ? 'sata' : 'virtio'}'/></disk>`

  test('is not deleted: a disk, what it lies over also through a link, and a disc in a drive; the VM is named', async () => {
    const base = '/var/lib/libvirt/images/guest.qcow2'
    await host.sh(
      `ln -sfn /var/lib/libvirt/images /srv/link && qemu-img create -q -f qcow2 -b /srv/link/guest.qcow2 -F qcow2 /srv/lab/web.qcow2`,
    )
    const xml = `<domain type='qemu'><name>web</name><memory>65536</memory><os><type arch='x86_64' machine='q35'>hvm</type><kernel>/var/lib/libvirt/images/vmlinuz</kernel></os><devices>${disk('/srv/lab/web.qcow2', 'vda')}${disk('/var/lib/libvirt/images/seed.iso', 'sda', 'cdrom')}</devices></domain>`
    await host.sh('cat | virsh -q define /dev/stdin', { stdin: xml })
    await call('POST', '/pools/lab/refresh')

    const listed = await images()
    expect(listed.items.map(({ name }) => name)).toContain('guest.qcow2')
    // Of a VM, and so no image.
    expect(listed.items.map(({ name }) => name)).not.toContain('web.qcow2')
    expect(listed.items.find(({ name }) => name === 'seed.iso')).toMatchObject({
      kind: 'iso',
      usedBy: [{ kind: 'vm', name: 'web', as: 'cdrom', running: false }],
    })
    expect(await call('DELETE', '/pools/default/volumes/vmlinuz')).toMatchObject({
      status: 409,
      body: { usedBy: [{ kind: 'vm', name: 'web', as: 'file' }] },
    })
    expect(await call('DELETE', '/images/default/guest.qcow2')).toMatchObject({
      status: 409,
      body: { code: 'volume-in-use', title: expect.stringMatching(/lab\/web\.qcow2.*web|web.*lab\/web\.qcow2/) },
    })
    expect(await call('DELETE', '/images/default/seed.iso')).toMatchObject({
      status: 409,
      body: { title: expect.stringMatching(/web/) },
    })
    expect(await call('DELETE', '/pools/lab/volumes/web.qcow2')).toMatchObject({
      status: 409,
      body: { title: expect.stringMatching(/web/) },
    })
    expect(await host.sh(`test -s ${base} && test -s /srv/lab/web.qcow2 && echo there`)).toContain('there')

    // The same disk in no pool at all.
    await host.sh('install -d /srv/outside && mv /srv/lab/web.qcow2 /srv/outside/ && virsh -q undefine web')
    const outside = xml.replace('/srv/lab/web.qcow2', '/srv/outside/web.qcow2')
    await host.sh('cat | virsh -q define /dev/stdin', { stdin: outside })
    expect(await call('DELETE', '/images/default/guest.qcow2')).toMatchObject({
      status: 409,
      body: { code: 'volume-in-use', usedBy: [{ kind: 'vm', name: 'web', as: 'backing' }] },
    })
    expect(await host.sh(`test -s ${base} && echo there`)).toContain('there')

    await host.sh('virsh -q undefine web && mv /srv/outside/web.qcow2 /srv/lab/')
    expect((await call('DELETE', '/pools/lab/volumes/web.qcow2')).status).toBe(204)
  })
})

describe('an upload', () => {
  test('goes on after SSH was cut in the middle of a chunk, and is checked by its sum', async () => {
    const { body: begun } = await begin('cut.raw', content)
    expect(begun).toMatchObject({ receivedBytes: 0, sizeBytes: content.length })
    const part = '/srv/lab/*.part'
    const half = content.subarray(0, 3 * mebibyte)
    const cut = new ReadableStream<Uint8Array>({
      async start(controller) {
        controller.enqueue(new Uint8Array(half))
        await waitUntil('the host to have some of it', 30_000, async () =>
          Number(await host.sh(`stat -c %s ${part}`)) >= mebibyte ? true : null,
        )
        await host.sh("pkill -KILL -f '^sshd(-session)?: '")
        controller.enqueue(new Uint8Array(content.subarray(half.length)))
        controller.close()
      },
    })
    expect((await send(at(begun), 0, cut, content.length)).status).toBe(502)
    const stands = await waitUntil('the host to be back', 30_000, async () => {
      const now = await call<Upload>('GET', at(begun))
      return now.status === 200 ? now.body : null
    })
    expect(stands.receivedBytes).toBeGreaterThanOrEqual(mebibyte)
    expect(stands.receivedBytes).toBeLessThan(content.length)
    expect((await images()).unfinished).toMatchObject([{ name: 'cut.raw', receivedBytes: stands.receivedBytes }])
    expect(await send(at(begun), 0, content)).toMatchObject({
      status: 409,
      body: { code: 'upload-offset', receivedBytes: stands.receivedBytes },
    })
    // Begun again, as a page does that was loaded anew.
    const again = await begin('cut.raw', content)
    expect(again.body).toMatchObject({ id: begun.id, receivedBytes: stands.receivedBytes })
    expect(
      (await send<Upload>(at(begun), stands.receivedBytes, content.subarray(stands.receivedBytes))).body,
    ).toMatchObject({ receivedBytes: content.length })
    const checksum = { algorithm: 'sha256', value: sha256(content) }
    expect(await call<Image>('POST', `${at(begun)}/finish`, { checksum })).toMatchObject({
      status: 201,
      body: { name: 'cut.raw', pool: 'lab', kind: 'disk', virtualBytes: content.length, usedBy: [] },
    })
    expect(await host.sh('sha256sum /srv/lab/cut.raw')).toContain(checksum.value)
    expect(await files('/srv/lab')).toEqual(['cut.raw'])
    expect((await call('DELETE', '/images/lab/cut.raw')).status).toBe(204)
    expect(await files('/srv/lab')).toEqual([])
  })

  test('with another sum than it should have is refused, and nothing is left', async () => {
    const wrong = await upload('sum.raw', content, { algorithm: 'sha256', value: 'a'.repeat(64) })
    expect(wrong).toMatchObject({ status: 409, body: { code: 'checksum-wrong', sum: sha256(content) } })
    expect(await files('/srv/lab')).toEqual([])
  })

  test('replaces nothing, is alone with its name, and may be given up', async () => {
    const first = await begin('two.raw', content)
    const other = randomBytes(mebibyte)
    expect(await begin('two.raw', other)).toMatchObject({
      status: 409,
      body: { code: 'upload-underway', upload: first.body.id },
    })
    expect(await call('POST', `${at(first.body)}/finish`, {})).toMatchObject({
      status: 409,
      body: { code: 'upload-incomplete' },
    })
    await host.sh('echo precious >/srv/lab/two.raw')
    await send(at(first.body), 0, content)
    expect(await call('POST', `${at(first.body)}/finish`, {})).toMatchObject({
      status: 409,
      body: { code: 'name-taken' },
    })
    expect(await host.sh('cat /srv/lab/two.raw')).toContain('precious')
    expect((await call('DELETE', at(first.body))).status).toBe(204)
    expect(await files('/srv/lab')).toEqual(['two.raw'])
    expect(await begin('two.raw', other)).toMatchObject({ status: 422, body: { errors: [{ field: 'name' }] } })
    await host.sh('rm /srv/lab/two.raw')
  })

  test('of what is no image, or would open other files of the host, is refused and gone', async () => {
    const page = Buffer.from(`<!DOCTYPE html>${' '.repeat(4096)}`)
    expect(await upload('page.img', page)).toMatchObject({
      status: 409,
      body: { title: expect.stringMatching(/web page/) },
    })
    expect(await upload('no.iso', content)).toMatchObject({
      status: 409,
      body: { title: expect.stringMatching(/no disc/) },
    })
    expect(await upload('no.qcow2', content)).toMatchObject({
      status: 409,
      body: { title: expect.stringMatching(/raw inside, but qcow2 was expected/) },
    })
    await host.sh(
      'cd /tmp && qemu-img create -q -f raw secret.raw 1M && qemu-img create -q -f qcow2 -b secret.raw -F raw over.qcow2',
    )
    const overlay = Buffer.from(await host.sh('base64 -w0 /tmp/over.qcow2'), 'base64')
    expect(await upload('over.qcow2', overlay)).toMatchObject({
      status: 409,
      body: { title: expect.stringMatching(/lies over another file \(secret\.raw\)/) },
    })
    expect(await begin('packed.qcow2.xz', content)).toMatchObject({ status: 422 })
    expect(await files('/srv/lab')).toEqual([])
  })

  test('that does not fit says how much is missing, before and while it comes', async () => {
    await host.sh('install -d /srv/small && mount -t tmpfs -o size=4m tmpfs /srv/small')
    await call('POST', '/pools', { name: 'small', kind: 'dir', path: '/srv/small' })
    expect(await begin('big.raw', content, 'small')).toMatchObject({
      status: 409,
      body: { code: 'no-space', title: expect.stringMatching(/6 MiB are needed, 4 MiB are free, 2 MiB are missing/) },
    })
    const fits = content.subarray(0, 3 * mebibyte)
    const { body: begun } = await begin('fits.raw', fits, 'small')
    await host.sh('head -c 2M /dev/zero >/srv/small/filler')
    expect(await send(at(begun, 'small'), 0, fits)).toMatchObject({
      status: 409,
      body: { code: 'no-space', title: expect.stringMatching(/missing.*What has come is kept/) },
    })
    await host.sh('rm /srv/small/filler')
    const { body: stands } = await call<Upload>('GET', at(begun, 'small'))
    await send(at(begun, 'small'), stands.receivedBytes, fits.subarray(stands.receivedBytes))
    expect((await call('POST', `${at(begun, 'small')}/finish`, {})).status).toBe(201)
    expect(await host.sh('sha256sum /srv/small/fits.raw')).toContain(sha256(fits))
    expect((await call('DELETE', '/pools/small')).status).toBe(204)
  })
})

describe('a fetch by the host', () => {
  let server: Server
  let base: string
  /** What is asked for here waits until it is let go, or whoever asked is gone. */
  const held: (() => void)[] = []

  beforeAll(async () => {
    server = createServer((request, response) => {
      const { url = '' } = request
      if (url === '/SHA256SUMS')
        return void response.end(`${'b'.repeat(64)}  other.raw\n${sha256(content)} *image.raw\n`)
      if (url === '/slow.raw') {
        response.writeHead(200, { 'content-length': content.length })
        if (request.method === 'HEAD') return void response.end()
        response.write(content.subarray(0, mebibyte))
        held.push(() => response.end(content.subarray(mebibyte)))
        return
      }
      if (url !== '/image.raw') return void response.writeHead(404).end()
      response.writeHead(200, { 'content-length': content.length })
      response.end(request.method === 'HEAD' ? undefined : content)
    })
    await new Promise<void>((resolve) => server.listen(0, `10.99.${lab.record.number}.1`, resolve))
    const address = server.address()
    base = `http://10.99.${lab.record.number}.1:${typeof address === 'object' ? address?.port : ''}`
  })
  afterAll(() => {
    for (const go of held) go()
    server.closeAllConnections()
    server.close()
  })
  const fetched = async (asked: object): Promise<Job> => {
    const answer = await call<Job>('POST', '/images/fetch', { pool: 'lab', ...asked })
    if (answer.status !== 202) throw new Error(JSON.stringify(answer.body))
    return answer.body
  }

  test('is checked by the vendor’s published sums', async () => {
    const checksum = { algorithm: 'sha256', sumsUrl: `${base}/SHA256SUMS` }
    const job = await ended(await fetched({ url: `${base}/image.raw`, name: 'fetched.raw', checksum }))
    expect(job).toMatchObject({ state: 'done', result: { name: 'fetched.raw', virtualBytes: content.length } })
    expect(await host.sh('sha256sum /srv/lab/fetched.raw')).toContain(sha256(content))
    expect((await call('DELETE', '/images/lab/fetched.raw')).status).toBe(204)
  })

  test('with a wrong sum, or of what is not there, leaves nothing and says why', async () => {
    const checksum = { algorithm: 'sha256', value: 'c'.repeat(64) }
    const wrong = await ended(await fetched({ url: `${base}/image.raw`, checksum }))
    expect(wrong).toMatchObject({ state: 'failed', problem: { code: 'checksum-wrong' } })
    const absent = await ended(await fetched({ url: `${base}/absent.raw` }))
    expect(absent).toMatchObject({
      state: 'failed',
      problem: { code: 'fetch-failed', title: expect.stringMatching(/404/) },
    })
    const sums = { algorithm: 'sha512', sumsUrl: `${base}/SHA256SUMS` }
    expect(await ended(await fetched({ url: `${base}/image.raw`, checksum: sums }))).toMatchObject({
      state: 'failed',
      problem: { code: 'no-sum' },
    })
    expect(await files('/srv/lab')).toEqual([])
    expect(await call('POST', '/images/fetch', { pool: 'lab', url: 'file:///etc/shadow' })).toMatchObject({
      status: 422,
    })
  })

  test('is cancelled: the download ends and nothing is left', async () => {
    const job = await fetched({ url: `${base}/slow.raw` })
    await waitUntil('it to have begun', 60_000, async () =>
      (await images()).unfinished.some(({ receivedBytes }) => receivedBytes >= mebibyte) ? true : null,
    )
    expect((await call('POST', '/images/fetch', { pool: 'lab', url: `${base}/slow.raw` })).body.code).toBe(
      'upload-underway',
    )
    await door.call('POST', `/jobs/${job.id}/cancel`, undefined, { cookies })
    expect(await ended(job)).toMatchObject({ state: 'cancelled' })
    await waitUntil('nothing to be left', 30_000, async () => ((await files('/srv/lab')).length === 0 ? true : null))
    expect(await host.sh("systemctl list-units --no-legend 'drawbridge-fetch-*' | wc -l")).toMatch(/^0/)
  })
})
