import { describe, expect, test } from 'vitest'
import { isoImage } from './iso9660.ts'

const files = [
  { name: 'user-data', content: '#cloud-config\nhostname: a\n' },
  { name: 'meta-data', content: 'instance-id: i\n' },
  { name: 'network-config', content: 'ä'.repeat(3000) },
]
const text = (image: Uint8Array, at: number, length: number) => new TextDecoder().decode(image.slice(at, at + length))

describe('an image', () => {
  const image = isoImage('cidata', files)
  const view = new DataView(image.buffer)

  test('names itself and its size', () => {
    expect(text(image, 16 * 2048 + 1, 5)).toBe('CD001')
    expect(text(image, 16 * 2048 + 40, 6)).toBe('cidata')
    expect(view.getUint32(16 * 2048 + 80, true) * 2048).toBe(image.length)
    expect(view.getUint32(16 * 2048 + 84, false) * 2048).toBe(image.length)
  })

  test('holds each file under its name, small letters and dash included', () => {
    let at = 20 * 2048
    const found: Record<string, string> = {}
    for (let size = image[at] ?? 0; size > 0; at += size, size = image[at] ?? 0) {
      const record = image.slice(at, at + size)
      const name = /NM.{3}([a-z-]+)PX/s.exec(new TextDecoder('latin1').decode(record))?.[1]
      if (name === undefined) continue
      const where = view.getUint32(at + 2, true) * 2048
      found[name] = text(image, where, view.getUint32(at + 10, true))
    }
    expect(found).toEqual(Object.fromEntries(files.map(({ name, content }) => [name, content])))
  })

  test('is the same for the same files', () => expect(isoImage('cidata', files)).toEqual(image))
})
