import { Duplex, duplexPair } from 'node:stream'
import * as fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { domainState, domainXml, eventNames, listDomains, readLifecycle, type DomainRef } from './calls.ts'
import { RpcClient } from './client.ts'
import { openDomainConsole } from './domain-calls.ts'
import {
  encodeMessage,
  keepaliveProgram,
  messageType,
  MessageSplitter,
  remoteProgram,
  WireError,
  XdrReader,
  XdrWriter,
  type Message,
} from './wire.ts'

const guest: DomainRef = { name: 'gäst', uuid: '5b1c7e66-0000-4000-8000-000000000001', id: 3 }
const domainBody = () => new XdrWriter().string(guest.name).uuid(guest.uuid).int(guest.id)

/** A daemon as a test wants it: what it answers to a message, as bytes. */
function daemon(answer: (message: Message) => Message[]): {
  client: RpcClient
  far: Duplex
  heard: Message[]
  events: string[]
} {
  const [near, far] = duplexPair()
  const splitter = new MessageSplitter()
  const heard: Message[] = []
  const events: string[] = []
  far.on('data', (chunk: Buffer) => {
    for (const message of splitter.push(chunk)) {
      heard.push(message)
      for (const reply of answer(message)) far.write(encodeMessage(reply))
    }
  })
  const client = new RpcClient(near, (procedure, reader) => {
    const { domain, what } =
      procedure === 318 ? readLifecycle(reader) : { domain: null, what: eventNames.get(procedure) }
    events.push(`${domain?.name ?? 'libvirt'}: ${what}`)
  })
  return { client, far, heard, events }
}

const reply = (to: Message, body: Buffer, status = 0): Message => ({ ...to, type: messageType.reply, status, body })

afterEach(() => void vi.useRealTimers())

describe('calls', () => {
  test('are answered by serial, in any order', async () => {
    const held: Message[] = []
    const { client } = daemon((message) => {
      held.push(message)
      if (held.length < 3) return []
      return held.toReversed().map((call) => reply(call, new XdrWriter().string(`xml ${call.serial}`).bytes()))
    })
    const answers = await Promise.all([1, 2, 3].map(() => client.call(domainXml(guest))))
    expect(answers).toEqual([1, 2, 3].map((serial) => ({ ok: true, value: `xml ${serial}` })))
  })

  test('carry the domain as libvirt wants it', async () => {
    const { client, heard } = daemon((message) => [reply(message, new XdrWriter().int(1).int(5).bytes())])
    expect(await client.call(domainState(guest))).toEqual({ ok: true, value: { state: 1, reason: 5 } })
    expect(heard[0]).toMatchObject({ program: remoteProgram, procedure: 212, type: messageType.call, status: 0 })
    const reader = new XdrReader(heard[0]?.body ?? Buffer.alloc(0))
    expect([reader.string(), reader.uuid(), reader.int(), reader.uint()]).toEqual([guest.name, guest.uuid, guest.id, 0])
  })

  test('that libvirt refuses give its words, cleaned', async () => {
    const { client } = daemon((message) => [
      reply(message, new XdrWriter().int(42).int(10).optionalString('no \u001b[31mdomain').bytes(), 1),
    ])
    expect(await client.call(domainXml(guest))).toMatchObject({
      ok: false,
      error: { code: 'libvirt', title: 'libvirt says: no domain.', said: { code: 42 } },
    })
  })

  test('that polkit refuses say what to do', async () => {
    const { client } = daemon((message) => [
      reply(message, new XdrWriter().int(94).int(60).optionalString('no polkit agent').bytes(), 1),
    ])
    expect(await client.call(domainXml(guest))).toMatchObject({
      ok: false,
      error: { code: 'denied', title: expect.stringContaining('group libvirt') },
    })
  })

  test('without an answer are given up, and a late answer harms no other call', async () => {
    vi.useFakeTimers()
    const held: Message[] = []
    const { client, far } = daemon((message) => (held.push(message), []))
    const first = client.call(domainXml(guest), { timeoutMs: 1000 })
    await vi.advanceTimersByTimeAsync(1000)
    expect(await first).toMatchObject({ ok: false, error: { code: 'timeout' } })
    const second = client.call(domainXml(guest))
    await vi.advanceTimersByTimeAsync(1)
    for (const call of held) far.write(encodeMessage(reply(call, new XdrWriter().string(`${call.serial}`).bytes())))
    await vi.advanceTimersByTimeAsync(1)
    expect(await second).toEqual({ ok: true, value: '2' })
  })

  test('with an answer that is too short fail alone', async () => {
    const { client } = daemon((message) => [
      reply(message, message.procedure === 14 ? Buffer.from([0, 0, 0, 9]) : new XdrWriter().int(1).int(0).bytes()),
    ])
    expect(await client.call(domainXml(guest))).toMatchObject({ ok: false, error: { code: 'protocol' } })
    expect(await client.call(domainState(guest))).toMatchObject({ ok: true })
  })
})

describe('the connection', () => {
  test('whose far end ends is dead at once: what waits fails, what comes later too', async () => {
    const { client, far } = daemon(() => [])
    const waiting = client.call(domainXml(guest))
    far.end()
    expect(await waiting).toMatchObject({ ok: false, error: { code: 'closed' } })
    expect((await client.closed).code).toBe('closed')
    expect(await client.call(domainXml(guest))).toMatchObject({ ok: false, error: { code: 'closed' } })
  })

  test('answers keepalive pings', async () => {
    const { far, heard } = daemon(() => [])
    const answered = new Promise<void>((resolve) => far.on('data', () => resolve()))
    far.write(
      encodeMessage({
        program: keepaliveProgram,
        procedure: 1,
        type: messageType.event,
        serial: 0,
        status: 0,
        body: Buffer.alloc(0),
      }),
    )
    await answered
    expect(heard).toEqual([expect.objectContaining({ program: keepaliveProgram, procedure: 2 })])
  })

  test('hands on events', async () => {
    const { client, far, events } = daemon((message) => [reply(message, new XdrWriter().int(1).int(0).bytes())])
    const event = (procedure: number, body: Buffer) =>
      far.write(
        encodeMessage({ program: remoteProgram, procedure, type: messageType.event, serial: 0, status: 0, body }),
      )
    event(318, Buffer.concat([new XdrWriter().int(1).bytes(), domainBody().int(5).int(0).bytes()]))
    event(370, Buffer.alloc(0))
    await client.call(domainState(guest))
    expect(events).toEqual(['gäst: stopped', 'libvirt: storage pool'])
  })

  test.each([
    ['a web server', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
    ['a length of 4 GiB', '\xff\xff\xff\xff'],
    ['a length of 0', '\0\0\0\0'],
  ])('to %s is given up', async (_what, bytes) => {
    const { client, far } = daemon(() => [])
    far.write(Buffer.from(bytes, 'latin1'))
    expect((await client.closed).code).toBe('protocol')
  })
})

describe('a stream', () => {
  const streamed = (to: Message, status: number, body: string | Buffer = ''): Message => ({
    ...to,
    type: messageType.stream,
    status,
    body: Buffer.from(body as string),
  })
  const open = (more: (call: Message) => Message[] = () => []) => {
    let call: Message | null = null
    const made = daemon((message) => {
      if (message.type !== messageType.call) return []
      call = message
      return [reply(message, Buffer.alloc(0)), ...more(message)]
    })
    const far = (status: number, body: string | Buffer = '') => {
      if (call === null) throw new Error('not opened yet')
      made.far.write(encodeMessage(streamed(call, status, body)))
    }
    return { ...made, say: far, opened: made.client.openStream(openDomainConsole(guest, false)) }
  }
  const take = async (opened: Promise<{ ok: true; value: Duplex } | { ok: false; error: unknown }>) => {
    const result = await opened
    if (!result.ok) throw new Error('not opened')
    return result.value
  }
  const sent = (heard: Message[]) =>
    heard.filter(({ type }) => type === messageType.stream).map(({ status, body }) => [status, body.toString()])

  test('gives what comes with the answer, in order, until libvirt finishes it', async () => {
    const { opened } = open((call) => [streamed(call, 2, 'log'), streamed(call, 2, 'in: '), streamed(call, 0)])
    const stream = await take(opened)
    const chunks: string[] = []
    for await (const chunk of stream) chunks.push(String(chunk))
    expect(chunks.join('')).toBe('login: ')
    expect(stream.errored).toBeNull()
  })

  test('asks for the first console, safely, and by force only when told so', async () => {
    const { heard, client, opened } = open()
    await opened
    await client.openStream(openDomainConsole(guest, true))
    const flags = heard.map(({ body }) => body.readUInt32BE(body.length - 4))
    expect(flags).toEqual([2, 3])
    expect(heard[0]).toMatchObject({ procedure: 201, type: messageType.call })
  })

  test('carries what is written as messages of its call, and finishes', async () => {
    const { opened, heard, say, client } = open()
    const stream = await take(opened)
    stream.write('root\n')
    stream.end()
    stream.resume()
    await client.call(domainState(guest))
    expect(sent(heard)).toEqual([
      [2, 'root\n'],
      [0, ''],
    ])
    expect(new Set(heard.slice(0, 3).map(({ serial }) => serial)).size).toBe(1)
    say(0)
  })

  test('is cut into messages that libvirt takes', async () => {
    const { opened, heard, client } = open()
    const stream = await take(opened)
    stream.write(Buffer.alloc(600_000, 120))
    await client.call(domainState(guest))
    const sizes = heard.filter(({ type }) => type === messageType.stream).map(({ body }) => body.length)
    expect(sizes).toEqual([262_120, 262_120, 75_760])
  })

  test('left by us tells libvirt so', async () => {
    const { opened, heard, client } = open()
    const stream = await take(opened)
    stream.destroy()
    await client.call(domainState(guest))
    expect(sent(heard)).toEqual([[1, '']])
  })

  test('broken off by libvirt has its words', async () => {
    const { opened, say } = open()
    const stream = await take(opened)
    const closed = new Promise((resolve) => stream.once('close', resolve))
    say(1, new XdrWriter().int(38).int(10).optionalString('the guest is gone').bytes())
    await closed
    expect(stream.errored?.message).toBe('libvirt says: the guest is gone.')
  })

  test('ends with its connection', async () => {
    const { opened, far } = open()
    const stream = await take(opened)
    const closed = new Promise((resolve) => stream.once('close', resolve))
    far.end()
    await closed
    expect(stream.errored?.message).toBe('The connection to libvirt ended.')
  })

  test('nobody reads holds back the daemon, and loses nothing', async () => {
    const { opened, say, far } = open()
    const stream = await take(opened)
    const total = 200
    for (let turn = 0; turn < total; turn++) say(2, Buffer.alloc(8192, turn))
    await new Promise((resolve) => setImmediate(resolve))
    expect(far.writableLength).toBeGreaterThan(0)
    let bytes = 0
    for await (const chunk of stream) {
      bytes += (chunk as Buffer).length
      if (bytes === total * 8192) break
    }
    expect(bytes).toBe(total * 8192)
  })

  test('that libvirt refuses is none', async () => {
    const { client } = daemon((message) => [
      reply(message, new XdrWriter().int(9).int(10).optionalString('Active console session exists').bytes(), 1),
    ])
    expect(await client.openStream(openDomainConsole(guest, false))).toMatchObject({
      ok: false,
      error: { said: { message: 'Active console session exists' } },
    })
  })
})

describe('the wire', () => {
  test('messages survive any cutting', () => {
    const message = fc.record({
      program: fc.nat(),
      procedure: fc.nat(),
      type: fc.nat(3),
      serial: fc.nat(),
      status: fc.nat(2),
      body: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    })
    fc.assert(
      fc.property(
        fc.array(message, { maxLength: 6 }),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
        (messages, cuts) => {
          const bytes = Buffer.concat(messages.map(encodeMessage))
          const splitter = new MessageSplitter()
          const found: Message[] = []
          for (let at = 0, turn = 0; at < bytes.length; turn++) {
            const size = cuts[turn % cuts.length] ?? 1
            found.push(...splitter.push(bytes.subarray(at, at + size)))
            at += size
          }
          expect(found).toEqual(messages)
        },
      ),
    )
  })

  test('texts are padded to four bytes', () =>
    fc.assert(
      fc.property(fc.array(fc.string()), (texts) => {
        const writer = new XdrWriter()
        for (const text of texts) writer.string(text)
        const bytes = writer.bytes()
        expect(bytes.length % 4).toBe(0)
        const reader = new XdrReader(bytes)
        expect(texts.map(() => reader.string())).toEqual(texts.map((text) => Buffer.from(text).toString()))
      }),
    ))

  test('any bytes are read or refused, never more than there are', () => {
    const outcome = (bytes: Uint8Array): number => {
      try {
        return listDomains(0).read(new XdrReader(Buffer.from(bytes))).length
      } catch (thrown) {
        return thrown instanceof WireError ? 0 : Number.POSITIVE_INFINITY
      }
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(outcome(bytes)).toBeLessThanOrEqual(bytes.length / 4)
      }),
    )
  })
})
