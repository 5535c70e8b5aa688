import type { Result } from '../kit/result.ts'
import { nameText, wholeNumber } from '../facts/text.ts'
import { plainText } from '../kit/plain-text.ts'
import { appendChild, attribute, children, content, path, readXml, rewriteXml } from './xml.ts'

/** A snapshot of a VM, as its XML says. Every text is a stranger's: cleaned and limited. */
export interface Snapshot {
  name: string
  description: string
  /** What the VM was when it was taken; `disk-snapshot`: it ran, and only its disks were kept. */
  state: string
  parent: string | null
  /** Seconds since 1970; null when it does not say. */
  createdAtSeconds: number | null
  memory: 'none' | 'internal' | 'external'
  /** Of the disks that it keeps. */
  disks: { target: string; kind: 'internal' | 'external' | 'manual'; file: string | null }[]
}

// A VM has a few dozen disks at most.
const maxDisks = 256

/** Reads a snapshot's XML as libvirt writes it. Errors: a sentence. */
export function readSnapshot(xml: string): Result<Snapshot> {
  return readXml(xml, 'domainsnapshot', (snapshot) => ({
    name: nameText(content(path(snapshot, 'name')) ?? '', 255),
    description: plainText(content(path(snapshot, 'description')) ?? '', 2000),
    state: nameText(content(path(snapshot, 'state')) ?? 'unknown', 32),
    parent: nullable(content(path(snapshot, 'parent', 'name'))),
    createdAtSeconds: wholeNumber(content(path(snapshot, 'creationTime')) ?? undefined),
    memory: memoryOf(attribute(path(snapshot, 'memory'), 'snapshot')),
    disks: children(path(snapshot, 'disks'), 'disk')
      .slice(0, maxDisks)
      .flatMap((disk) => {
        const kind = kindOf(attribute(disk, 'snapshot'))
        const source = path(disk, 'source')
        const file = attribute(source, 'file') ?? attribute(source, 'dev')
        const target = nameText(attribute(disk, 'name') ?? '', 1024)
        return kind === null ? [] : [{ target, kind, file: file === null ? null : nameText(file, 1024) }]
      }),
  }))
}

const nullable = (text: string | null): string | null => (text === null || text === '' ? null : nameText(text, 255))
const memoryOf = (word: string | null): Snapshot['memory'] =>
  word === 'internal' || word === 'external' ? word : 'none'
const kindOf = (word: string | null): 'internal' | 'external' | 'manual' | null =>
  word === 'internal' || word === 'external' || word === 'manual' ? word : null

/** Inside the disks' own files, or in files on top of them. */
export const snapshotKind = ({ memory, disks }: Snapshot): 'internal' | 'external' =>
  memory === 'external' || disks.some(({ kind }) => kind === 'external') ? 'external' : 'internal'

export interface PlacedSnapshot<T> {
  snapshot: T
  /** 0 is a root. */
  depth: number
  /** Of it and of its children and theirs. */
  descendants: number
}

/**
 * Depth first, siblings by time. One whose parent is not in the list is a root; of a ring, which a damaged list could
 * have, each is shown once.
 */
export function snapshotTree<T extends Pick<Snapshot, 'name' | 'parent' | 'createdAtSeconds'>>(
  snapshots: readonly T[],
): PlacedSnapshot<T>[] {
  const inTime = snapshots.toSorted(
    (a, b) => (a.createdAtSeconds ?? 0) - (b.createdAtSeconds ?? 0) || (a.name < b.name ? -1 : 1),
  )
  const names = new Set(snapshots.map(({ name }) => name))
  const below = new Map<string, T[]>()
  for (const one of inTime) if (one.parent !== null) below.set(one.parent, [...(below.get(one.parent) ?? []), one])
  const placed: PlacedSnapshot<T>[] = []
  const seen = new Set<T>()
  const place = (snapshot: T, depth: number): number => {
    if (seen.has(snapshot)) return 0
    seen.add(snapshot)
    const entry = { snapshot, depth, descendants: 0 }
    placed.push(entry)
    for (const child of below.get(snapshot.name) ?? []) entry.descendants += place(child, depth + 1)
    return entry.descendants + 1
  }
  for (const one of inTime) if (one.parent === null || !names.has(one.parent)) place(one, 0)
  for (const one of inTime) place(one, 0)
  return placed
}

/** The same as of a VM: it becomes part of a file's name. */
export const snapshotNamePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/

/** What is wrong with a new snapshot's name, a sentence, or null. */
export function snapshotNameRefusal(name: string, taken: readonly string[]): string | null {
  if (!snapshotNamePattern.test(name))
    return 'A snapshot’s name begins with a letter or digit and has at most 63 letters, digits, dots, dashes and underscores.'
  return taken.includes(name) ? `There is a snapshot named ${name} already.` : null
}

/** Which disks are kept how. Disks that are not named here are left out: they must not be written, then. */
export interface NewSnapshot {
  name: string
  description: string
  kind: 'internal' | 'external'
  /** With the memory of a running VM; only inside. */
  memory: boolean
  disks: { target: string; isKept: boolean }[]
}

/** The XML that libvirt makes a snapshot by. */
export function buildSnapshotXml({ name, description, kind, memory, disks }: NewSnapshot): string {
  const built = rewriteXml('<domainsnapshot/>', 'domainsnapshot', (snapshot) => {
    const add = (tag: string, text: string): void => {
      const document = snapshot.ownerDocument
      if (document !== null) appendChild(snapshot, tag).appendChild(document.createTextNode(text))
    }
    add('name', name)
    if (description !== '') add('description', description)
    appendChild(snapshot, 'memory', { snapshot: memory ? 'internal' : 'no' })
    const list = appendChild(snapshot, 'disks')
    for (const { target, isKept } of disks) appendChild(list, 'disk', { name: target, snapshot: isKept ? kind : 'no' })
  })
  if (!built.ok) throw new Error(built.error)
  return built.value
}
