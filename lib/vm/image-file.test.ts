import { describe, expect, test } from 'vitest'
import {
  contentRefusal,
  expectedFormats,
  imageNameRefusal,
  parseUnfinished,
  readBackingChain,
  readImageInfo,
  unfinishedName,
} from './image-file.ts'
import { addressRefusal, fetchCommand, nameOfAddress, publishedName, sizeOfHeaders } from './image-address.ts'
import { imageCatalogue } from './image-catalogue.ts'
import { findSum } from './image-sums.ts'
import { volumeNameRefusal } from './volume.ts'

describe('what qemu-img says', () => {
  const path = '/srv/x.part'
  const info = (more: object) => JSON.stringify({ format: 'qcow2', 'virtual-size': 1024, filename: path, ...more })

  test('of a plain image', () =>
    expect(readImageInfo(info({}), path, ['qcow2'])).toEqual({
      ok: true,
      value: { format: 'qcow2', virtualBytes: 1024 },
    }))

  test.each<[string, object]>([
    ['a backing file', { 'backing-filename': '/etc/shadow' }],
    ['a data file', { 'format-specific': { data: { 'data-file': '/dev/sda' } } }],
    ['another format', { format: 'luks' }],
    ['encryption', { encrypted: true }],
    ['damage', { 'format-specific': { data: { corrupt: true } } }],
  ])('of one with %s is refused', (_, more) => expect(readImageInfo(info(more), path, ['qcow2']).ok).toBe(false))

  test('of a VMDK of several files is refused, of one that is its own extent taken', () => {
    const vmdk = (filename: string) =>
      info({ format: 'vmdk', 'format-specific': { data: { extents: [{ filename }] } } })
    expect(readImageInfo(vmdk('/etc/shadow'), path, ['vmdk']).ok).toBe(false)
    expect(readImageInfo(vmdk(path), path, ['vmdk']).ok).toBe(true)
  })

  test.each(['', 'no JSON', '[]', '{}'])('%j is nothing', (text) =>
    expect(readImageInfo(text, path, ['raw'])).toMatchObject({ ok: false }),
  )
})

test('what a disk lies over', () => {
  const chain = [
    { 'full-backing-filename': '/a/mid' },
    { 'backing-filename': 'base' },
    { 'backing-filename': '/a/end' },
    {},
  ]
  expect(readBackingChain(JSON.stringify(chain))).toEqual(['/a/mid', '/a/end'])
  expect(readBackingChain('no JSON')).toEqual([])
})

test('names and what may be in them', () => {
  expect(expectedFormats('a.qcow2')).toEqual(['qcow2'])
  expect(expectedFormats('noble.img')).toEqual(['qcow2', 'raw'])
  expect(expectedFormats('a.ISO')).toEqual(['raw'])
  expect(imageNameRefusal('a.qcow2.xz')).toMatch(/packed/)
  expect(imageNameRefusal('a.qcow2')).toBeNull()
})

test('content that is no image', () => {
  const text = (words: string) => new TextEncoder().encode(words)
  expect(contentRefusal('a.img', text('\n<!DOCTYPE html>'))).toMatch(/web page/)
  expect(contentRefusal('a.raw', new Uint8Array([0x1f, 0x8b, 8]))).toMatch(/packed/)
  expect(contentRefusal('a.iso', new Uint8Array(34_816))).toMatch(/no disc/)
  const disc = new Uint8Array(34_816)
  disc.set(text('CD001'), 32_769)
  expect(contentRefusal('a.iso', disc)).toBeNull()
})

test('an unfinished upload is told by its file’s name', () => {
  const upload = { name: 'a.1.qcow2', sizeBytes: 42, fingerprint: 'abcdef0123' }
  expect(unfinishedName(upload)).toBe('a.1.qcow2.42.abcdef0123.part')
  expect(parseUnfinished(unfinishedName(upload))).toEqual(upload)
  expect(parseUnfinished('somebody-else.part')).toBeNull()
})

describe('published sums', () => {
  const one = 'a'.repeat(64)
  const two = 'b'.repeat(64)
  test.each<[string, string, string | null]>([
    ['GNU', `${two}  other.img\n${one}  x.img\n`, one],
    ['GNU, binary', `${one} *x.img\n${two} *other.img`, one],
    [
      'BSD in a signed text',
      `-----BEGIN PGP-----\n# x.img: 1 bytes\nSHA256 (x.img) = ${one}\nSHA256 (y.img) = ${two}`,
      one,
    ],
    ['one alone', `${one}\n`, one],
    ['one alone, of another name', `${one}  x-build16.img\n`, one],
    ['not in there', `${one}  y.img\n${two}  z.img\n`, null],
    ['nothing', '<html></html>', null],
  ])('%s', (_, text, sum) => expect(findSum(text, 'sha256', 'x.img')).toBe(sum))
  test('of another length are not taken', () => expect(findSum(`${one}  x.img`, 'sha512', 'x.img')).toBeNull())
})

describe('addresses', () => {
  test.each(['file:///etc/shadow', 'ftp://x/y', 'x', 'https://me:secret@x/y'])('%s is refused', (url) =>
    expect(addressRefusal(url)).not.toBeNull(),
  )
  test('name the file', () => {
    expect(nameOfAddress('https://x/a/b%20c.qcow2?token=1')).toBe('b-c.qcow2')
    expect(publishedName('https://x/a/b%20c.qcow2?token=1')).toBe('b c.qcow2')
  })
  test('are never options', () => {
    for (const fetcher of ['curl', 'wget'] as const)
      expect(fetchCommand(fetcher, 'https://x/', '/p', false).slice(-2)).toEqual(['--', 'https://x/'])
  })
  test('the last answer’s size counts', () =>
    expect(sizeOfHeaders('HTTP/1.1 302\r\nContent-Length: 5\r\n\r\nHTTP/1.1 200\r\ncontent-length: 1234\r\n')).toBe(
      1234,
    ))
})

test.each(imageCatalogue.map((entry) => [entry.id, entry] as const))('the catalogue’s %s', (_, entry) => {
  expect(volumeNameRefusal(entry.name)).toBeNull()
  for (const url of [entry.url, entry.sumsUrl]) expect(addressRefusal(url)).toBeNull()
  expect(entry.url).toMatch(/^https:/)
  expect(entry.sumsUrl).toMatch(/^https:/)
})
