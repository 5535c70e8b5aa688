import { nameText } from '../facts/text.ts'
import { err, ok, type Result } from '../kit/result.ts'

/** Counters of one link, in this order, direction as the guest sees it for taps. */
export const counterNames = [
  'rxPackets',
  'txPackets',
  'rxBytes',
  'txBytes',
  'rxDrops',
  'txDrops',
  'rxErrors',
  'txErrors',
] as const
export const width = counterNames.length

export interface Frame {
  /** The host's own clock, seconds. Its zero means nothing. */
  clockSeconds: number
  /** The same array as in the frame before when no link came or went. */
  names: readonly string[]
  /** `width` numbers per link, in the order of `counterNames`, as the host counts: rx is what came into the host. */
  counters: Float64Array<ArrayBuffer>
}

// The order of numbers in a line of /proc/net/dev (net/core/net-procfs.c): receive bytes, packets, errs, drop, fifo,
// frame, compressed, multicast; transmit bytes, packets, errs, drop, …
const slotOfColumn = [2, 0, 6, 4, -1, -1, -1, -1, 3, 1, 7, 5]
const linkLimit = 32_768

const lineFeed = 10
const space = 32
const colon = 58

/**
 * Reads a frame as the sampler sends it: seconds, line feed, /proc/net/dev. Links are kept in the kernel's order; names
 * that can't be told apart once made readable are kept once.
 * @param spare is overwritten and becomes the frame's counters when it is large enough: at many hosts what is thrown
 * away each second would fill the memory faster than it is collected
 */
export function parseFrame(
  bytes: Uint8Array,
  before: Frame | null,
  spare: Float64Array<ArrayBuffer> = new Float64Array(0),
): Result<Frame> {
  const firstEnd = bytes.indexOf(lineFeed)
  const clockSeconds = firstEnd < 0 ? Number.NaN : clockOf(bytes.subarray(0, firstEnd))
  if (!Number.isFinite(clockSeconds)) return err('It does not begin with a clock.')
  // Two lines of headings.
  let at = lineAfter(bytes, lineAfter(bytes, firstEnd + 1))
  const links = Math.max(16, before?.names.length ?? 0)
  let counters = spare.length >= links * width ? spare : new Float64Array(links * width)
  let names: string[] | null = null
  let taken: Set<string> | null = null
  let row = 0
  while (at < bytes.length) {
    while (bytes[at] === space) at++
    let nameEnd = at
    while (nameEnd < bytes.length && bytes[nameEnd] !== colon && bytes[nameEnd] !== lineFeed) nameEnd++
    if (bytes[nameEnd] !== colon || nameEnd === at) return err('A line has no name.')
    if (row >= linkLimit) return err(`It has more than ${linkLimit} links.`)
    if (counters.length < (row + 1) * width) counters = grown(counters)
    const known = names === null ? before?.names[row] : undefined
    if (known === undefined || !isText(bytes, at, nameEnd, known)) {
      names ??= before?.names.slice(0, row) ?? []
      taken ??= new Set(names)
      const name = nameText(decoder.decode(bytes.subarray(at, nameEnd)))
      if (taken.has(name)) {
        at = lineAfter(bytes, nameEnd)
        continue
      }
      taken.add(name)
      names.push(name)
    }
    at = readNumbers(bytes, nameEnd + 1, counters, row * width)
    if (at < 0) return err('A line has too few numbers.')
    row++
  }
  return ok({
    clockSeconds,
    names: names ?? (row === before?.names.length ? before.names : (before?.names.slice(0, row) ?? [])),
    counters: counters.subarray(0, row * width),
  })
}

const decoder = new TextDecoder()

/** `12345.678901234`, or a whole line of /proc/uptime. */
function clockOf(line: Uint8Array): number {
  const [, seconds] = /^(\d{1,12}(?:\.\d{1,9})?)(?: |$)/.exec(decoder.decode(line.subarray(0, 64))) ?? []
  return seconds === undefined ? Number.NaN : Number(seconds)
}

const lineAfter = (bytes: Uint8Array, from: number): number => {
  const end = bytes.indexOf(lineFeed, from)
  return end < 0 ? bytes.length : end + 1
}

function isText(bytes: Uint8Array, from: number, to: number, text: string): boolean {
  if (to - from !== text.length) return false
  for (let index = 0; index < text.length; index++) if (bytes[from + index] !== text.charCodeAt(index)) return false
  return true
}

/** Returns where the next line begins, -1 when there were too few numbers. */
function readNumbers(bytes: Uint8Array, from: number, into: Float64Array, offset: number): number {
  let at = from
  for (const slot of slotOfColumn) {
    while (bytes[at] === space) at++
    const start = at
    let value = 0
    for (let digit = (bytes[at] ?? 0) - 48; digit >= 0 && digit <= 9; digit = (bytes[at] ?? 0) - 48) {
      value = value * 10 + digit
      at++
    }
    if (at === start) return -1
    if (slot >= 0) into[offset + slot] = value
  }
  return lineAfter(bytes, at)
}

function grown(small: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const large = new Float64Array(small.length * 2)
  large.set(small)
  return large
}
