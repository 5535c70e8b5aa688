/**
 * Tells what a person does at a VNC screen from what their viewer sends by itself: it asks for the next picture as long
 * as the cursor blinks. Follows RFB 3.7 and 3.8 with QEMU's extensions (RFC 6143, rfbproto), however the bytes are cut.
 */

/** After the type: how long a message is, once so many of its bytes are there. */
const messages: Record<number, { header: number; bytes: (header: DataView) => number; isInput?: true }> = {
  0: { header: 1, bytes: () => 20 },
  2: { header: 4, bytes: (header) => 4 + 4 * header.getUint16(2) },
  3: { header: 1, bytes: () => 10 },
  4: { header: 1, bytes: () => 8, isInput: true },
  5: { header: 1, bytes: () => 6, isInput: true },
  // Negative: the extended clipboard's.
  6: { header: 8, bytes: (header) => 8 + Math.abs(header.getInt32(4)), isInput: true },
  150: { header: 1, bytes: () => 10 },
  248: { header: 9, bytes: (header) => 9 + header.getUint8(8) },
  250: { header: 1, bytes: () => 4, isInput: true },
  251: { header: 7, bytes: (header) => 8 + 16 * header.getUint8(6) },
}
const qemuType = 255
const qemuKey = 0

const versions = new Set(['RFB 003.007\n', 'RFB 003.008\n'])
/** What a viewer answers to each way of signing in that is followed: none, and VNC's own password. */
const answerBytes: Record<number, number> = { 1: 0, 2: 16 }

type Stage = 'version' | 'security' | 'init' | 'message' | 'unknown'

export class RfbInput {
  #stage: Stage = 'version'
  #header: number[] = []
  #skip = 0

  /** Whether there is a key, a movement or a text in these bytes. What cannot be followed counts as one. */
  isIn(chunk: Uint8Array): boolean {
    let isInput = false
    for (let at = 0; at < chunk.length && this.#stage !== 'unknown';) {
      if (this.#skip > 0) {
        const skipped = Math.min(this.#skip, chunk.length - at)
        this.#skip -= skipped
        at += skipped
        continue
      }
      this.#header.push(chunk[at] ?? 0)
      at++
      isInput = this.#step() || isInput
    }
    return isInput || this.#stage === 'unknown'
  }

  #step(): boolean {
    const [type = 0] = this.#header
    switch (this.#stage) {
      case 'version':
        if (this.#header.length < 12) return false
        return this.#on(versions.has(String.fromCharCode(...this.#header)) ? 'security' : 'unknown')
      case 'security': {
        const bytes = answerBytes[type]
        return this.#on(bytes === undefined ? 'unknown' : 'init', bytes)
      }
      case 'init':
        return this.#on('message')
      default:
        return this.#message(type)
    }
  }

  #message(type: number): boolean {
    const header = new DataView(Uint8Array.from(this.#header).buffer)
    const kind = type === qemuType ? qemuMessage(header) : messages[type]
    if (kind === 'more') return false
    if (kind === undefined) return this.#on('unknown')
    if (header.byteLength < kind.header) return false
    this.#on('message', kind.bytes(header) - header.byteLength)
    return kind.isInput === true
  }

  #on(stage: Stage, skip = 0): false {
    this.#stage = stage
    this.#header = []
    this.#skip = skip
    return false
  }
}

function qemuMessage(header: DataView): (typeof messages)[number] | 'more' | undefined {
  if (header.byteLength < 2) return 'more'
  if (header.getUint8(1) === qemuKey) return { header: 2, bytes: () => 12, isInput: true }
  // Sound: switched on or off, or its format.
  if (header.byteLength < 4) return 'more'
  return { header: 4, bytes: () => (header.getUint16(2) === 2 ? 10 : 4) }
}
