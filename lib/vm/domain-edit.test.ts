/**
 * Definitions as libvirt and people write them, each with an edit and what must come of it. Lines that the edit does not
 * mean stay byte for byte; another parser reads what the edit wanted.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Domain } from './domain.ts'
import {
  addDisk,
  changedDiskFields,
  diskByTarget,
  editDisk,
  ensureController,
  ensureIoThreads,
  setMedia,
  type DiskSettings,
  type DiskSource,
  type NewDiskSettings,
} from './domain-edit-disk.ts'
import { addNic, nicByMac, type NicManner } from './domain-edit-nic.ts'
import { changeDomain, editXml, type DomainChange } from './domain-edit.ts'
import { setWishedVlan } from './domain-metadata.ts'
import { readDomain } from './domain-read.ts'
import { defineNic } from './nic-definition.ts'
import { changedFields, settingsOf, type NicSettings } from './nic-settings.ts'
import type { XmlEditor } from './xml-editor.ts'

type Edit =
  | { nic: string; set: Partial<NicSettings>; manner?: NicManner }
  | { addNic: NicSettings; manner?: NicManner }
  | { removeNic: string }
  | { disk: string; set: Partial<DiskSettings>; target?: string }
  | { addDisk: NewDiskSettings }
  | { removeDisk: string }
  | { media: string; source: DiskSource | null }
  | { domain: DomainChange }

interface Case {
  why: string
  edits: Edit[]
  /** Lines of before.xml that are gone or other, and lines of after.xml that are new. */
  touched: { removed: number; added: number }
}

const linux: NicManner = { ovs: false, nativeVlan: false }

function apply(editor: XmlEditor, before: Domain, edit: Edit): void {
  if ('nic' in edit) {
    const nic = before.nics.find(({ mac }) => mac === edit.nic)
    if (nic === undefined) throw new Error(`no NIC ${edit.nic}`)
    defineNic(editor, edit.nic, edit.set, { ...settingsOf(nic), ...edit.set }.vlan, edit.manner ?? linux)
  } else if ('addNic' in edit) addNic(editor, edit.addNic, edit.manner ?? linux)
  else if ('removeNic' in edit) {
    editor.remove(nicByMac(edit.removeNic))
    setWishedVlan(editor, edit.removeNic, null)
  } else if ('disk' in edit) {
    ensureController(editor, edit.set.bus ?? '')
    if (typeof edit.set.ioThread === 'number') ensureIoThreads(editor, edit.set.ioThread)
    editDisk(editor, diskByTarget(edit.disk), edit.set, edit.target ?? null)
  } else if ('addDisk' in edit) addDisk(editor, edit.addDisk)
  else if ('removeDisk' in edit) editor.remove(diskByTarget(edit.removeDisk))
  else if ('media' in edit) setMedia(editor, diskByTarget(edit.media), edit.source)
  else changeDomain(editor, edit.domain)
}

/** What the edit wanted and the reader, which is built on another parser, does not find; empty when all is so. */
function missing(domain: Domain, edit: Edit): string[] {
  if ('nic' in edit || 'addNic' in edit) {
    const wanted = 'nic' in edit ? edit.set : edit.addNic
    const mac = wanted.mac ?? ('nic' in edit ? edit.nic : '')
    const nic = domain.nics.find((one) => one.mac === mac)
    // A VLAN of a new NIC is put into the metadata by whoever adds it.
    return nic === undefined ? ['nic'] : changedFields(nic, wanted)
  }
  if ('removeNic' in edit) return domain.nics.filter(({ mac }) => mac === edit.removeNic).map(({ mac }) => mac)
  if ('removeDisk' in edit)
    return domain.disks.filter(({ target }) => target === edit.removeDisk).map(({ target }) => target)
  if ('media' in edit)
    return domain.disks.find(({ target }) => target === edit.media)?.source === (edit.source?.path ?? null)
      ? []
      : ['source']
  if ('disk' in edit || 'addDisk' in edit) {
    const target = 'disk' in edit ? (edit.target ?? edit.disk) : edit.addDisk.target
    const disk = domain.disks.find((one) => one.target === target)
    if (disk === undefined) return ['disk']
    if ('disk' in edit) return changedDiskFields(disk, edit.set)
    return disk.source === edit.addDisk.source?.path && disk.format === edit.addDisk.format ? [] : ['source']
  }
  return (Object.keys(edit.domain) as (keyof DomainChange)[]).filter(
    (name) => JSON.stringify(domain[name] || null) !== JSON.stringify(edit.domain[name] || null),
  )
}

const dir = join(import.meta.dirname, 'cases')
const names = readdirSync(dir).toSorted()

/** How many lines of `a` are not among those of `b`, by text. */
const notIn = (a: string, b: string): string[] => {
  const left = new Map<string, number>()
  for (const line of b.split('\n')) left.set(line, (left.get(line) ?? 0) + 1)
  return a.split('\n').filter((line) => {
    const count = left.get(line) ?? 0
    left.set(line, count - 1)
    return count <= 0
  })
}

test('there are enough of them', () => {
  expect(names.length).toBeGreaterThanOrEqual(60)
})

describe.each(names)('%s', (name) => {
  const text = (file: string) => readFileSync(join(dir, name, file), 'utf8')
  const before = text('before.xml')
  const { why, edits, touched } = JSON.parse(text('edit.json')) as Case

  test(`edited: ${why}`, () => {
    const parsed = readDomain(before)
    expect(parsed).toMatchObject({ ok: true })
    const known = (parsed as { value: Domain }).value
    const edited = editXml(before, (editor) => {
      for (const edit of edits) apply(editor, known, edit)
    })
    const after = (edited as { value: string }).value
    expect(after).toBe(text('after.xml'))
    expect({ removed: notIn(before, after).length, added: notIn(after, before).length }).toEqual(touched)
    const reread = readDomain(after) as { value: Domain }
    expect(edits.flatMap((edit) => missing(reread.value, edit))).toEqual([])
  })

  test('without an edit it is the same, byte for byte', () => {
    expect(editXml(before, () => {})).toEqual({ ok: true, value: before })
  })
})
