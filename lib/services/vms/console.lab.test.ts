/** VMs' consoles through the API and its WebSocket, with a real guest at the other end. */
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { admin, cookiesOf, openDoor, type Door } from '../../../e2e/harness/door.ts'
import type { LabGuest } from '../../../e2e/lab/guest.ts'
import type { LabHost } from '../../../e2e/lab/host.ts'
import { openLab, type Lab } from '../../../e2e/lab/lab.ts'
import { waitUntil } from '../../../e2e/lab/process.ts'
import { acceptConsole } from '../../api/console-socket.ts'
import type { ConsoleNews, ConsoleTicket, OpenConsole } from '../../contract/vm-console.ts'
import { openDomainConsole } from '../../host/libvirt/domain-calls.ts'
import { listDomains } from '../../host/libvirt/calls.ts'
import { connectLibvirt } from '../../host/libvirt/connect.ts'
import { sshPool } from '../../ssh/pool.ts'
import { openSession } from '../../ssh/session.ts'
import { closeConsoles } from './console/attach.ts'

let lab: Lab
let host: LabHost
let guest: LabGuest
let door: Door
let cookies: string
let server: Server
/** As `server`, but nobody may be idle for long. */
let hasty: Server
let place: string

const ask = async (wanted: OpenConsole, sender: object = { cookies }) =>
  door.call('POST', '/vms/kvm1:talker/console', wanted, sender)
const ticketFor = async (wanted: OpenConsole, sender?: object): Promise<ConsoleTicket> => {
  const answer = await ask(wanted, sender)
  if (answer.status !== 201) throw new Error(answer.text)
  return answer.body as ConsoleTicket
}

/** 101 and the socket, or the status of the refusal. What comes is heard from the first byte on. */
const knock = (
  protocols: string[],
  headers?: Record<string, string>,
  hear: (data: Buffer, isBinary: boolean) => void = () => {},
  at: Server = server,
): Promise<{ status: number; socket: WebSocket }> =>
  new Promise((resolve, reject) => {
    const { port } = at.address() as AddressInfo
    const socket = new WebSocket(`ws://127.0.0.1:${port}/api/v1/vms/console/ws`, protocols, {
      headers: headers ?? { cookie: cookies, origin: `http://127.0.0.1:${port}` },
    })
    socket.on('message', hear)
    socket.once('open', () => resolve({ status: 101, socket }))
    socket.once('unexpected-response', (_request, { statusCode = 0 }) => resolve({ status: statusCode, socket }))
    socket.once('error', reject)
  })

interface Terminal {
  socket: WebSocket
  text: () => string
  news: ConsoleNews[]
  closed: Promise<number>
  type: (line: string) => void
  sees: (what: RegExp) => Promise<RegExpExecArray>
  stands: (state: string) => Promise<unknown>
}
const open = async (wanted: OpenConsole, at: Server = server): Promise<Terminal> => {
  const { protocols } = await ticketFor(wanted)
  let text = ''
  const news: ConsoleNews[] = []
  const { status, socket } = await knock(
    protocols,
    undefined,
    (data, isBinary) => {
      if (isBinary) text += data.toString('latin1')
      else news.push(JSON.parse(data.toString()) as ConsoleNews)
    },
    at,
  )
  if (status !== 101) throw new Error(`refused with ${status}`)
  const state = () => news.findLast((one) => one.type === 'state')?.state
  return {
    socket,
    text: () => text,
    news,
    closed: new Promise((resolve) => socket.once('close', resolve)),
    type: (line) => socket.send(Buffer.from(`${line}\r`)),
    sees: (what) => waitUntil(`the console to show ${what}`, 60_000, async () => what.exec(text)),
    stands: (wantedState) =>
      waitUntil(`the console to be ${wantedState}`, 60_000, async () => (state() === wantedState ? true : null)),
  }
}
const closeAll = async (...terminals: Terminal[]) => {
  for (const { socket } of terminals) socket.close()
  await Promise.all(terminals.map(({ closed }) => closed))
}
const notes = async () =>
  (await door.call('GET', '/audit?action=vm.console&limit=100', undefined, { cookies })).body.items as {
    outcome: string
    actorName: string
    targetName: string
    detail: Record<string, unknown>
  }[]

const addAs = async (user: string) => {
  const fingerprint = (await host.fingerprints()).find(({ type }) => type === 'ed25519')?.sha256
  const signIn = { kind: 'stored-key', privateKey: readFileSync(host.keyPath, 'utf8') }
  const wanted = { name: 'kvm1', address: host.address, port: 22, user, fingerprint, signIn }
  const added = await door.call('POST', '/hosts', wanted, { cookies })
  if (added.status !== 201) throw new Error(added.text)
}

beforeAll(async () => {
  lab = await openLab({ say: console.error })
  host = await lab.addHost({ name: 'kvm1', bridge: true })
  const booted = host.addGuest({ name: 'talker' })
  door = await openDoor()
  cookies = await door.claim()
  await addAs('root')
  server = createServer().on('upgrade', acceptConsole({ pingMs: 20_000, recheckMs: 200, idleMs: 3_600_000 }))
  hasty = createServer().on('upgrade', acceptConsole({ pingMs: 50, recheckMs: 20_000, idleMs: 1500 }))
  for (const one of [server, hasty]) await new Promise<void>((resolve) => one.listen(0, '127.0.0.1', resolve))
  place = `127.0.0.1:${(server.address() as AddressInfo).port}`
  guest = await booted
})
afterAll(async () => {
  await closeConsoles()
  sshPool().close()
  server?.close()
  hasty?.close()
  await door?.close()
  await lab?.close()
})

describe('the serial console', () => {
  test('shows what libvirt logged of the boot before anybody looked', async () => {
    const log = await host.sh('cat /var/log/libvirt/qemu/talker-console.log')
    const [line = ''] = log.match(/[\w ]{12,}/) ?? []
    expect(line).not.toBe('')
    const late = await open({ kind: 'serial' })
    await waitUntil('the log', 30_000, async () => (late.text().includes(line) ? true : null))
    expect(late.news).toContainEqual({ type: 'scrollback' })
    await closeAll(late)
  })

  test('answers a typed line, to two viewers alike; the second sees what was before', async () => {
    const first = await open({ kind: 'serial' })
    await first.stands('live')
    first.type('echo one-$((6*7))')
    await first.sees(/one-42/)
    const second = await open({ kind: 'serial' })
    await second.sees(/one-42/)
    second.type('echo two-$((7*7))')
    await first.sees(/two-49/)
    await second.sees(/two-49/)
    expect(first.news).toContainEqual({ type: 'viewers', others: 1 })
    expect(first.news.findLast(({ type }) => type === 'answers')).toEqual({ type: 'answers', you: true })
    expect(second.news.findLast(({ type }) => type === 'answers')).toEqual({ type: 'answers', you: false })
    await closeAll(first, second)
  })

  test('drops what a read-only viewer types', async () => {
    const [reader, writer] = [await open({ kind: 'serial', readOnly: true }), await open({ kind: 'serial' })]
    reader.type('echo never-$((1+1))')
    writer.type('echo after-$((2+2))')
    await reader.sees(/after-4/)
    expect(reader.text()).not.toContain('never-2')
    await closeAll(reader, writer)
  })

  test('takes a paste and gives a flood, without losing any of it', async () => {
    const terminal = await open({ kind: 'serial' })
    await terminal.stands('live')
    const paste = Array.from({ length: 40 }, (_, line) => `echo p${line}-$((${line}+1000))`)
    for (const line of paste) terminal.type(line)
    await terminal.sees(/p39-1039/)
    for (const line of [0, 7, 20, 33]) expect(terminal.text()).toContain(`p${line}-${line + 1000}`)
    terminal.type('i=0; while [ $i -lt 3000 ]; do echo flood-$i; i=$((i+1)); done; echo flood-en""d')
    await terminal.sees(/flood-end/)
    const seen = new Set([...terminal.text().matchAll(/flood-(\d+)\r/g)].map(([, number]) => number))
    expect(seen.size).toBe(3000)
    await closeAll(terminal)
  })

  test('comes back when the VM was stopped and started', async () => {
    const terminal = await open({ kind: 'serial' })
    await terminal.stands('live')
    await host.sh('virsh -q -c qemu:///system destroy talker')
    await terminal.stands('off')
    expect((await ask({ kind: 'serial' })).body).toMatchObject({ code: 'vm-off', status: 409 })
    expect((await ask({ kind: 'vnc' })).body).toMatchObject({ code: 'vm-off' })
    // Its picture goes to a socket from now on.
    await host.sh(
      `virsh -q -c qemu:///system dumpxml --inactive talker | perl -0pe 's#<graphics.*?</graphics>#<graphics type="vnc"><listen type="socket"/></graphics>#s' > /tmp/talker.xml && virsh -q -c qemu:///system define /tmp/talker.xml && virsh -q -c qemu:///system start talker`,
    )
    await terminal.stands('live')
    await waitUntil('the new shell to answer', 60_000, async () => {
      terminal.type('echo again-$((5*5))')
      return /again-25/.test(terminal.text()) ? true : null
    })
    await closeAll(terminal)
  })

  test('in somebody else’s hands is named, and taken over only when asked', async () => {
    await closeConsoles()
    const session = await openSession({
      id: 'outsider',
      address: host.address,
      port: 22,
      user: 'root',
      credential: { kind: 'key', privateKey: readFileSync(host.keyPath, 'utf8') },
      pinned: (await host.fingerprints()).map(({ sha256 }) => sha256),
      jump: null,
    })
    if (!session.ok) throw new Error(session.error.title)
    const client = await connectLibvirt(session.value)
    if (!client.ok) throw new Error(client.error.title)
    const domains = await client.value.call(listDomains(0))
    const ref = domains.ok ? domains.value[0] : undefined
    if (ref === undefined) throw new Error('no domain')
    // What Drawbridge held a moment ago is given back as soon as libvirt has read so.
    const theirs = await waitUntil('the outsider to have the console', 20_000, async () => {
      const opened = await client.value.openStream(openDomainConsole(ref, false))
      return opened.ok ? opened.value : null
    })
    theirs.resume()
    const gone = new Promise((resolve) => theirs.once('close', resolve))
    expect(await ask({ kind: 'serial' })).toMatchObject({
      status: 409,
      body: { code: 'console-taken', title: expect.stringMatching(/outside of Drawbridge/) },
    })
    const ours = await open({ kind: 'serial', takeOver: true })
    await gone
    ours.type('echo mine-$((3*3))')
    await ours.sees(/mine-9/)
    // And back: the outsider takes it, and we do not fight.
    const again = await client.value.openStream(openDomainConsole(ref, true))
    expect(again.ok).toBe(true)
    await ours.stands('taken')
    session.value.close()
    await ours.stands('live')
    expect((await notes()).some(({ detail }) => detail.takeOver === true)).toBe(true)
    await closeAll(ours)
  })
})

describe('the graphical console', () => {
  test('speaks RFB through a socket that only root may open, to two viewers', async () => {
    const viewers = [await open({ kind: 'vnc' }), await open({ kind: 'vnc' })]
    for (const viewer of viewers) await viewer.sees(/^RFB 003\.008\n/)
    viewers[0]?.socket.send(Buffer.from('RFB 003.008\n'))
    await viewers[0]?.sees(/^RFB 003\.008\n../s)
    const listening = await host.sh('ss -ltnH')
    const addresses = listening.split('\n').flatMap((line) => line.trim().split(/\s+/)[3] ?? [])
    expect(addresses.filter((address) => /:59\d\d$/.test(address))).toEqual([])
    await closeAll(...viewers)
  })

  test('has neither takeOver nor readOnly', async () => {
    expect((await ask({ kind: 'vnc', takeOver: true })).status).toBe(422)
  })
})

describe('a ticket', () => {
  test('is good once', async () => {
    const { protocols, url } = await ticketFor({ kind: 'serial' })
    expect(url).toBe('/api/v1/vms/console/ws')
    const { status, socket } = await knock(protocols)
    expect(status).toBe(101)
    expect(socket.protocol).toBe('drawbridge.console')
    expect((await knock(protocols)).status).toBe(403)
    socket.close()
  })

  test('is for whoever asked, from our own pages', async () => {
    const origin = `http://${place}`
    const token = await door.tokenOf('operator', cookies)
    const attempts: Record<string, string>[] = [
      { cookie: cookies, origin: 'https://evil.example' },
      { cookie: cookies, origin: 'null' },
      { cookie: cookies },
    ]
    for (const headers of attempts)
      expect((await knock((await ticketFor({ kind: 'serial' })).protocols, headers)).status).toBe(403)
    expect((await knock((await ticketFor({ kind: 'serial' })).protocols, { origin })).status).toBe(401)
    // Somebody else's, though they may open consoles too; and it is used up by that.
    const { protocols } = await ticketFor({ kind: 'serial' })
    expect((await knock(protocols, { authorization: `Bearer ${token}` })).status).toBe(403)
    expect((await knock(protocols)).status).toBe(403)
    const own = await ticketFor({ kind: 'serial' }, { token })
    const { status, socket } = await knock(own.protocols, { authorization: `Bearer ${token}` })
    expect(status).toBe(101)
    socket.close()
    expect((await knock(['drawbridge.console', 'ticket.AAAA'])).status).toBe(403)
    expect((await knock([])).status).toBe(403)
  })

  test('is given to nobody and no viewer', async () => {
    expect((await ask({ kind: 'serial' }, {})).status).toBe(401)
    const viewer = await door.tokenOf('viewer', cookies)
    expect(await ask({ kind: 'serial' }, { token: viewer })).toMatchObject({
      status: 403,
      body: { title: expect.stringMatching(/viewer/) },
    })
  })
})

test('nothing listens on the host but what did before', async () => {
  const listening = await host.sh('ss -ltnH')
  const foreign = listening
    .split('\n')
    .flatMap((line) => line.trim().split(/\s+/)[3] ?? [])
    .filter((address) => !/^(127\.|\[::1\])/.test(address) && !address.endsWith(':22'))
  expect(foreign).toEqual([])
})

test('who looked is noted, and for how long', async () => {
  expect(guest.name).toBe('talker')
  const all = await waitUntil('every console to be noted as closed', 20_000, async () => {
    const found = await notes()
    const count = (event: string) => found.filter(({ detail }) => detail.event === event).length
    return count('opened') > 5 && count('opened') === count('closed') ? found : null
  })
  expect(all).toContainEqual(
    expect.objectContaining({
      actorName: admin.name,
      targetName: 'kvm1/talker',
      detail: { kind: 'vnc', event: 'closed', seconds: expect.any(Number) },
    }),
  )
  expect(JSON.stringify(all)).not.toContain('ticket.')
})

test('signing out ends it', async () => {
  const signedIn = await door.call('POST', '/session', admin, {})
  const own = cookiesOf(signedIn)
  const { protocols } = await ticketFor({ kind: 'serial' }, { cookies: own })
  const { status, socket } = await knock(protocols, { cookie: own, origin: `http://${place}` })
  expect(status).toBe(101)
  const closed = new Promise<number>((resolve) => socket.once('close', resolve))
  expect((await door.call('DELETE', '/session', undefined, { cookies: own })).status).toBe(204)
  expect(await closed).toBe(4001)
})

describe('nobody at it', () => {
  const idle = 4002

  test('a terminal is closed, and not while somebody types', async () => {
    const [left, used] = [await open({ kind: 'serial' }, hasty), await open({ kind: 'serial' }, hasty)]
    const typing = setInterval(() => used.socket.send(Buffer.from(' ')), 200)
    expect(await left.closed).toBe(idle)
    expect(used.socket.readyState).toBe(WebSocket.OPEN)
    clearInterval(typing)
    expect(await used.closed).toBe(idle)
  })

  test('a screen is closed too, though the viewer asks for its picture all the time', async () => {
    const screen = await open({ kind: 'vnc' }, hasty)
    await screen.sees(/^RFB 003\.008\n/)
    // Without a password, alone or not.
    screen.socket.send(Buffer.from('RFB 003.008\n\u0001\u0001', 'latin1'))
    const whole = Buffer.from([3, 0, 0, 0, 0, 0, 0, 8, 0, 8])
    const asking = setInterval(() => screen.socket.send(whole), 100)
    const pointing = setInterval(() => screen.socket.send(Buffer.from([5, 0, 0, 1, 0, 1])), 300)
    const opened = performance.now()
    await waitUntil('somebody to have moved for longer than they may be idle', 30_000, async () =>
      performance.now() - opened > 3000 || screen.socket.readyState !== WebSocket.OPEN ? true : null,
    )
    expect(screen.socket.readyState).toBe(WebSocket.OPEN)
    expect(screen.text().length).toBeGreaterThan(100)
    clearInterval(pointing)
    expect(await screen.closed).toBe(idle)
    clearInterval(asking)
  })
})

describe('on a host reached as a user with sudo', () => {
  const helpers = async () => (await host.sh('pgrep -xa nc || true')).trim()

  test('both consoles work, and leave nothing running', async () => {
    await closeConsoles()
    expect((await door.call('DELETE', '/hosts/kvm1', undefined, { cookies })).status).toBe(204)
    await addAs('kvmadmin')
    const terminal = await open({ kind: 'serial' })
    await terminal.stands('live')
    terminal.type('echo sudo-$((11*11))')
    await terminal.sees(/sudo-121/)

    const xml = await host.sh('virsh -q -c qemu:///system dumpxml talker')
    const socket = /<listen type='socket' socket='([^']+)'/.exec(xml)?.[1] ?? ''
    expect((await host.exec(['sudo', '-u', 'kvmadmin', 'test', '-w', socket])).code).not.toBe(0)
    const screen = await open({ kind: 'vnc' })
    await screen.sees(/^RFB 003\.008\n/)
    screen.socket.send(Buffer.from('RFB 003.008\n\u0001\u0001', 'latin1'))
    screen.socket.send(Buffer.from([3, 0, 0, 0, 0, 0, 0, 64, 0, 64]))
    await waitUntil('a picture', 30_000, async () => (screen.text().length > 64 * 64 ? true : null))
    // To this one the VM has nothing more to say, so that netcat has to see by itself that it left.
    const silent = await open({ kind: 'vnc' })
    await silent.sees(/^RFB 003\.008\n/)
    expect((await helpers()).split('\n')).toHaveLength(2)
    await closeAll(screen, silent, terminal)
    await waitUntil('netcat to be gone', 20_000, async () => ((await helpers()) === '' ? true : null))
  })
})

test('stopping closes it with 1001', async () => {
  const terminal = await open({ kind: 'serial' })
  await closeConsoles()
  expect(await terminal.closed).toBe(1001)
})
