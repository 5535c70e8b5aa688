/**
 * libvirt's wire: messages of u32 length (itself included), program, version, procedure, type, serial, status, then an
 * XDR body (RFC 4506: big-endian, everything padded to 4 bytes).
 */

// virnetprotocol.x allows a legacy of 16 MiB and 32 MiB since 2012.
const maxMessageBytes = 32 * 1024 * 1024 + 4
const headerBytes = 28

export const remoteProgram = 0x20008086
/** What only QEMU has: the guest agent. */
export const qemuProgram = 0x20008087
export const keepaliveProgram = 0x6b656570

export const messageType = { call: 0, reply: 1, event: 2, stream: 3 } as const
export const messageStatus = { ok: 0, error: 1, continue: 2 } as const

export interface Message {
  program: number
  procedure: number
  type: number
  serial: number
  status: number
  body: Buffer
}

/** What came is not what the protocol allows; the connection can't be trusted any further. */
export class WireError extends Error {}

export function encodeMessage({ program, procedure, type, serial, status, body }: Message): Buffer {
  const message = Buffer.alloc(headerBytes + body.length)
  message.writeUInt32BE(message.length, 0)
  message.writeUInt32BE(program, 4)
  message.writeUInt32BE(1, 8)
  message.writeInt32BE(procedure, 12)
  message.writeInt32BE(type, 16)
  message.writeUInt32BE(serial, 20)
  message.writeInt32BE(status, 24)
  body.copy(message, headerBytes)
  return message
}

/** Cuts a byte stream into messages. Throws WireError at a length that can't be. */
export class MessageSplitter {
  #chunks: Buffer[] = []
  #held = 0

  push(chunk: Buffer): Message[] {
    this.#chunks.push(chunk)
    this.#held += chunk.length
    const messages: Message[] = []
    for (;;) {
      if (this.#held < 4) return messages
      const length = this.#peekLength()
      if (length < headerBytes || length > maxMessageBytes) throw new WireError(`a message of ${length} bytes`)
      if (this.#held < length) return messages
      messages.push(decodeMessage(this.#take(length)))
    }
  }

  #peekLength(): number {
    const first = this.#chunks[0]
    if (first !== undefined && first.length >= 4) return first.readUInt32BE(0)
    this.#chunks = [Buffer.concat(this.#chunks)]
    return this.#chunks[0]?.readUInt32BE(0) ?? 0
  }

  #take(length: number): Buffer {
    // Joined once per message, not once per chunk: a large answer comes in hundreds of chunks.
    const first = this.#chunks[0]
    const whole = first !== undefined && first.length >= length ? first : Buffer.concat(this.#chunks)
    const rest = whole === first ? this.#chunks.slice(1) : []
    this.#chunks = whole.length > length ? [whole.subarray(length), ...rest] : rest
    this.#held -= length
    return whole.subarray(0, length)
  }
}

function decodeMessage(message: Buffer): Message {
  return {
    program: message.readUInt32BE(4),
    procedure: message.readInt32BE(12),
    type: message.readInt32BE(16),
    serial: message.readUInt32BE(20),
    status: message.readInt32BE(24),
    body: message.subarray(headerBytes),
  }
}

const padding = (length: number): number => (4 - (length % 4)) % 4

/** Builds an XDR body. */
export class XdrWriter {
  #parts: Buffer[] = []

  int(value: number): this {
    const part = Buffer.alloc(4)
    part.writeInt32BE(value | 0)
    this.#parts.push(part)
    return this
  }
  uint(value: number): this {
    const part = Buffer.alloc(4)
    part.writeUInt32BE(value >>> 0)
    this.#parts.push(part)
    return this
  }
  /** 64 bits, unsigned: a whole number up to 2^53. */
  hyper(value: number): this {
    const part = Buffer.alloc(8)
    part.writeBigUInt64BE(BigInt(value))
    this.#parts.push(part)
    return this
  }
  opaque(bytes: Uint8Array): this {
    this.#parts.push(Buffer.from(bytes), Buffer.alloc(padding(bytes.length)))
    return this
  }
  string(text: string): this {
    const bytes = Buffer.from(text, 'utf8')
    return this.uint(bytes.length).opaque(bytes)
  }
  /** `remote_string`: a string that may be absent. */
  optionalString(text: string | null): this {
    return text === null ? this.uint(0) : this.uint(1).string(text)
  }
  uuid(uuid: string): this {
    return this.opaque(Buffer.from(uuid.replaceAll('-', ''), 'hex'))
  }
  bytes(): Buffer {
    return Buffer.concat(this.#parts)
  }
}

// Of strings other than XML; libvirt's own limit for one string is 4 MiB.
const maxStringBytes = 4 * 1024 * 1024

/** Reads an XDR body. Throws WireError where it ends too early or a length can't be. */
export class XdrReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  #advance(length: number): number {
    const at = this.#at
    if (length < 0 || at + length > this.#bytes.length) throw new WireError('an answer that ends too early')
    this.#at = at + length
    return at
  }
  int(): number {
    return this.#bytes.readInt32BE(this.#advance(4))
  }
  uint(): number {
    return this.#bytes.readUInt32BE(this.#advance(4))
  }
  /** 64 bits as a number: exact up to 2^53, which is 8 PiB of bytes. */
  hyper(): number {
    return Number(this.#bytes.readBigUInt64BE(this.#advance(8)))
  }
  opaque(length: number): Buffer {
    const at = this.#advance(length + padding(length))
    return this.#bytes.subarray(at, at + length)
  }
  string(): string {
    const length = this.uint()
    if (length > maxStringBytes) throw new WireError(`a string of ${length} bytes`)
    return this.opaque(length).toString('utf8')
  }
  optionalString(): string | null {
    return this.uint() === 0 ? null : this.string()
  }
  uuid(): string {
    const hex = this.opaque(16).toString('hex')
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
  }
  /** An array of at most `most` elements, each read by `read`. */
  list<T>(most: number, read: (reader: this) => T): T[] {
    const length = this.uint()
    if (length > most) throw new WireError(`a list of ${length}`)
    return Array.from({ length }, () => read(this))
  }
}
