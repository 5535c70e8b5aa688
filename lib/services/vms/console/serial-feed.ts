import type { Duplex } from 'node:stream'
import type { ConsoleNews, SerialState } from '../../../contract/vm-console.ts'
import { domainEvents, domainXml, readLifecycle, watchDomains, type DomainRef } from '../../../host/libvirt/calls.ts'
import type { RpcClient } from '../../../host/libvirt/client.ts'
import { connectLibvirt } from '../../../host/libvirt/connect.ts'
import { lookUpDomain, openDomainConsole } from '../../../host/libvirt/domain-calls.ts'
import type { LibvirtFailure } from '../../../host/libvirt/failure.ts'
import type { Session } from '../../../ssh/session.ts'
import { serialLogFile } from '../../../vm/console-log.ts'
import { problemOf } from '../../refuse.ts'

/** What a viewer sees of what was before; also what a viewer that lags behind gets instead of all it missed. */
const scrollbackBytes = 128 * 1024
/** A viewer that has this much waiting gets nothing more until it has caught up. */
const lagBytes = 1024 * 1024
/** A page that is loaded anew finds its console, with all that was on it. */
const lingerMs = 10_000

// libvirt ends our own session of a moment ago when it has read that we left; that is no stranger's.
const busyTries = 4
const busyAgainMs = 150
// Events tell when a VM starts; these are for what they do not tell.
const againMs: Record<SerialState, number> = { connecting: 250, live: 250, off: 5000, taken: 3000, lost: 2000 }

const invalidOperation = 55
const noDomain = 42
const isBusy = ({ said }: LibvirtFailure): boolean => /active console session/i.test(said?.message ?? '')

export interface SerialViewer {
  readOnly: boolean
  send(bytes: Uint8Array): void
  tell(news: ConsoleNews): void
  /** Sent and not yet on its way. */
  waitingBytes(): number
}

export interface FeedOptions {
  uuid: string
  session: () => Promise<Session>
  /** Nobody has looked for a while: it is closed, and to be forgotten. */
  onClosed: () => void
}

/**
 * One serial console for any number of viewers: libvirt gives it to one session only. It stays with the VM through its
 * restarts, and comes back when the host does.
 */
export class SerialFeed {
  readonly #options: FeedOptions
  readonly #viewers = new Map<SerialViewer, { isBehind: boolean }>()
  #state: SerialState = 'connecting'
  #reason: string | null = null
  #scrollback: Buffer[] = []
  #scrollbackSize = 0
  #hasSeed = false
  #client: RpcClient | null = null
  #stream: Duplex | null = null
  #take = false
  #holds = 0
  #isClosed = false
  #wake: () => void = () => {}
  #linger: NodeJS.Timeout | null = null
  #settled = Promise.withResolvers<void>()

  constructor(options: FeedOptions) {
    this.#options = options
    void this.#run()
  }

  /** How it stands, once that is known. */
  async settled(): Promise<{ state: SerialState; reason: string | null }> {
    await this.#settled.promise
    return { state: this.#state, reason: this.#reason }
  }

  /** Keeps it open until released. */
  hold(): () => void {
    if (this.#linger !== null) clearTimeout(this.#linger)
    this.#linger = null
    this.#holds++
    let isHeld = true
    return () => {
      if (!isHeld) return
      isHeld = false
      this.#holds--
      if (this.#holds === 0 && !this.#isClosed) this.#linger = setTimeout(() => this.close(), lingerMs)
    }
  }

  /** Ends the session of whoever else has it. */
  takeOver(): void {
    if (this.#state === 'live') return
    this.#take = true
    this.#settled = Promise.withResolvers()
    this.#wake()
  }

  attach(viewer: SerialViewer): void {
    this.#viewers.set(viewer, { isBehind: false })
    viewer.tell({ type: 'state', state: this.#state, reason: this.#reason })
    this.#replay(viewer)
    this.#count()
  }

  detach(viewer: SerialViewer): void {
    this.#viewers.delete(viewer)
    this.#count()
  }

  /** False: the guest does not read as fast; call again after `drained`. What nobody can take is dropped. */
  type(viewer: SerialViewer, bytes: Uint8Array, drained: () => void): boolean {
    const stream = this.#stream
    if (viewer.readOnly || stream === null) return true
    if (stream.write(bytes)) return true
    const done = () => {
      stream.off('drain', done)
      stream.off('close', done)
      drained()
    }
    stream.on('drain', done)
    stream.on('close', done)
    return false
  }

  /** A viewer that lagged has caught up, perhaps. */
  caughtUp(viewer: SerialViewer): void {
    const held = this.#viewers.get(viewer)
    if (held?.isBehind !== true || viewer.waitingBytes() > 0) return
    held.isBehind = false
    this.#replay(viewer)
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    if (this.#linger !== null) clearTimeout(this.#linger)
    this.#stream?.destroy()
    this.#client?.close()
    this.#settled.resolve()
    this.#wake()
    this.#options.onClosed()
  }

  #count(): void {
    const answering = [...this.#viewers.keys()].find(({ readOnly }) => !readOnly)
    for (const viewer of this.#viewers.keys()) {
      viewer.tell({ type: 'viewers', others: this.#viewers.size - 1 })
      viewer.tell({ type: 'answers', you: viewer === answering })
    }
  }

  #replay(viewer: SerialViewer): void {
    if (this.#scrollbackSize === 0) return
    viewer.tell({ type: 'scrollback' })
    viewer.send(Buffer.concat(this.#scrollback))
  }

  #keep(chunk: Buffer): void {
    this.#scrollback.push(chunk)
    this.#scrollbackSize += chunk.length
    for (;;) {
      const first = this.#scrollback[0]
      if (first === undefined || this.#scrollbackSize - first.length < scrollbackBytes) return
      this.#scrollback.shift()
      this.#scrollbackSize -= first.length
    }
  }

  #hear(chunk: Buffer): void {
    this.#keep(chunk)
    for (const [viewer, held] of this.#viewers) {
      if (held.isBehind) continue
      if (viewer.waitingBytes() > lagBytes) held.isBehind = true
      else viewer.send(chunk)
    }
  }

  #become(state: SerialState, reason: string | null = null): void {
    const isNews = this.#state !== state || this.#reason !== reason
    this.#state = state
    this.#reason = reason
    if (state === 'live' || (state !== 'connecting' && !this.#take)) this.#settled.resolve()
    if (isNews) for (const viewer of this.#viewers.keys()) viewer.tell({ type: 'state', state, reason })
  }

  async #run(): Promise<void> {
    while (!this.#isClosed) {
      await this.#attempt()
      if (this.#isClosed || this.#take) continue
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, againMs[this.#state])
        this.#wake = () => (clearTimeout(timer), resolve())
      })
    }
  }

  /** Until the console ended, or could not be opened. */
  async #attempt(): Promise<void> {
    const client = await this.#reach()
    if (client === null || this.#isClosed) return
    const found = await client.call(lookUpDomain(this.#options.uuid))
    if (!found.ok)
      return found.error.said?.code === noDomain
        ? this.#become('off', 'The VM is gone from this host.')
        : this.#become('lost', found.error.title)
    if (found.value.id === -1) return this.#become('off')
    if (!this.#hasSeed) await this.#seed(client, found.value)
    const opened = await this.#open(client, found.value)
    if (!opened.ok) {
      if (isBusy(opened.error)) return this.#become('taken')
      return opened.error.said?.code === invalidOperation
        ? this.#become('off')
        : this.#become('lost', opened.error.title)
    }
    const stream = opened.value
    if (this.#isClosed) return void stream.destroy()
    this.#stream = stream
    stream.on('data', (chunk: Buffer) => this.#hear(chunk))
    const closed = new Promise((resolve) => stream.once('close', resolve))
    this.#become('live')
    await closed
    this.#stream = null
  }

  async #open(client: RpcClient, ref: DomainRef) {
    const isTaking = this.#take
    this.#take = false
    for (let turn = 1; ; turn++) {
      const opened = await client.openStream(openDomainConsole(ref, isTaking))
      if (opened.ok || !isBusy(opened.error) || turn === busyTries) return opened
      await new Promise((resolve) => setTimeout(resolve, busyAgainMs))
    }
  }

  async #reach(): Promise<RpcClient | null> {
    if (this.#client !== null && !this.#client.isClosed) return this.#client
    try {
      const session = await this.#options.session()
      const connected = await connectLibvirt(session, (procedure, reader) => {
        if (procedure === 318 && readLifecycle(reader).domain.uuid === this.#options.uuid) this.#wake()
      })
      if (!connected.ok) return (this.#become('lost', connected.error.title), null)
      this.#client = connected.value
      if (this.#isClosed) return (connected.value.close(), null)
      await connected.value.call(watchDomains(domainEvents.lifecycle))
      return connected.value
    } catch (failure) {
      const problem = problemOf(failure)
      if (problem === null) throw failure
      this.#become('lost', problem.title)
      return null
    }
  }

  /** What libvirt wrote to its log of this console before we came, when it keeps one. */
  async #seed(client: RpcClient, ref: DomainRef): Promise<void> {
    this.#hasSeed = true
    const xml = await client.call(domainXml(ref))
    const file = xml.ok ? serialLogFile(xml.value) : null
    if (file === null) return
    const session = await this.#options.session()
    const read = await session.exec(['tail', '-c', String(scrollbackBytes / 2), '--', file], {
      sudo: true,
      timeoutMs: 5000,
      maxBytes: scrollbackBytes,
    })
    if (!read.ok || read.value.code !== 0 || read.value.stdout.length === 0) return
    this.#keep(read.value.stdout)
    for (const viewer of this.#viewers.keys()) this.#replay(viewer)
  }
}
