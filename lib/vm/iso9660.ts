/**
 * A small ISO 9660 image with Rock Ridge names: a few text files in one directory, as cloud-init's NoCloud reads them. Hosts
 * need no tool for it (cloud-localds, genisoimage and xorriso are often not there).
 */

export interface SeedFile {
  /** `meta-data`, `user-data`, … */
  name: string
  content: string
}

const sector = 2048
// 16 sectors are the system's; then the descriptor, its end, two path tables, the directory.
const descriptorAt = 16
const pathTableAt = 18
const directoryAt = 20
const firstFileAt = 21

const encoder = new TextEncoder()
const both16 = (bytes: DataView, at: number, value: number): void => {
  bytes.setUint16(at, value, true)
  bytes.setUint16(at + 2, value, false)
}
const both32 = (bytes: DataView, at: number, value: number): void => {
  bytes.setUint32(at, value, true)
  bytes.setUint32(at + 4, value, false)
}
const sectorsOf = (length: number): number => Math.max(1, Math.ceil(length / sector))

/** The image, a whole number of sectors. @param label of the volume: cloud-init looks for `cidata` */
export function isoImage(label: string, files: readonly SeedFile[]): Uint8Array {
  const contents = files.map(({ content }) => encoder.encode(content))
  let next = firstFileAt
  const places = contents.map(({ length }) => {
    const at = next
    next += sectorsOf(length)
    return at
  })
  const image = new Uint8Array(next * sector)
  image.set(descriptor(label, next), descriptorAt * sector)
  image.set([255, ...encoder.encode('CD001'), 1], (descriptorAt + 1) * sector)
  image.set(pathTable(true), pathTableAt * sector)
  image.set(pathTable(false), (pathTableAt + 1) * sector)
  image.set(directory(files, contents, places), directoryAt * sector)
  for (const [index, content] of contents.entries()) image.set(content, (places[index] ?? 0) * sector)
  return image
}

function descriptor(label: string, sectors: number): Uint8Array {
  const bytes = new Uint8Array(sector)
  const view = new DataView(bytes.buffer)
  const text = (at: number, length: number, content: string) =>
    bytes.set(encoder.encode(content.padEnd(length).slice(0, length)), at)
  bytes.set([1, ...encoder.encode('CD001'), 1])
  text(8, 32, 'LINUX')
  text(40, 32, label)
  both32(view, 80, sectors)
  both16(view, 120, 1)
  both16(view, 124, 1)
  both16(view, 128, sector)
  both32(view, 132, 10)
  view.setUint32(140, pathTableAt, true)
  view.setUint32(148, pathTableAt + 1, false)
  bytes.set(record({ name: '\0', at: directoryAt, length: sector, isDirectory: true, extra: [] }), 156)
  for (const [at, length] of [
    [190, 128],
    [318, 128],
    [446, 128],
    [574, 128],
    [702, 37],
    [739, 37],
    [776, 37],
  ] as const)
    text(at, length, '')
  // No dates: the same documents always make the same image.
  for (const at of [813, 830, 847, 864]) bytes.set([...encoder.encode('0'.repeat(16)), 0], at)
  bytes[881] = 1
  return bytes
}

function pathTable(littleEndian: boolean): Uint8Array {
  const bytes = new Uint8Array(10)
  const view = new DataView(bytes.buffer)
  view.setUint8(0, 1)
  view.setUint32(2, directoryAt, littleEndian)
  view.setUint16(6, 1, littleEndian)
  return bytes
}

interface Entry {
  name: string
  at: number
  length: number
  isDirectory: boolean
  /** System use: Rock Ridge. */
  extra: number[]
}

function record({ name, at, length, isDirectory, extra }: Entry): Uint8Array {
  const nameBytes = encoder.encode(name)
  const padded = 33 + nameBytes.length + (nameBytes.length % 2 === 0 ? 1 : 0)
  const size = padded + extra.length + (extra.length % 2)
  const bytes = new Uint8Array(size)
  const view = new DataView(bytes.buffer)
  view.setUint8(0, size)
  both32(view, 2, at)
  both32(view, 10, length)
  // The first of January 1970; month and day count from 1.
  bytes.set([70, 1, 1], 18)
  view.setUint8(25, isDirectory ? 2 : 0)
  both16(view, 28, 1)
  view.setUint8(32, nameBytes.length)
  bytes.set(nameBytes, 33)
  bytes.set(extra, padded)
  return bytes
}

const rockRidge = [0x45, 0x52, 18, 1, 10, 0, 0, 1, ...encoder.encode('RRIP_1991A')]

function directory(files: readonly SeedFile[], contents: readonly Uint8Array[], places: readonly number[]): Uint8Array {
  const root = { at: directoryAt, length: sector, isDirectory: true }
  const entries = [
    // "SP" and "ER": what follows is Rock Ridge.
    record({ name: '\0', ...root, extra: [0x53, 0x50, 7, 1, 0xbe, 0xef, 0, ...posix(0o040555, 2), ...rockRidge] }),
    record({ name: '\u0001', ...root, extra: posix(0o040555, 2) }),
    ...files
      .map((file, index) => ({ ...file, at: places[index] ?? 0, length: contents[index]?.length ?? 0 }))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .map(({ name, at, length }) =>
        // Systems that know no Rock Ridge see META-DATA.
        record({
          name: `${name.toUpperCase()}.;1`,
          at,
          length,
          isDirectory: false,
          extra: [0x4e, 0x4d, 5 + name.length, 1, 0, ...encoder.encode(name), ...posix(0o100444, 1)],
        }),
      ),
  ]
  const bytes = new Uint8Array(sector)
  let at = 0
  for (const entry of entries) {
    bytes.set(entry, at)
    at += entry.length
  }
  return bytes
}

/** "PX": mode, links, owner, group. */
function posix(mode: number, links: number): number[] {
  const bytes = new Uint8Array(36)
  const view = new DataView(bytes.buffer)
  bytes.set([0x50, 0x58, 36, 1])
  both32(view, 4, mode)
  both32(view, 12, links)
  return [...bytes]
}
