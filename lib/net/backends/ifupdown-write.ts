import { err, type Result } from '../../kit/result.ts'
import { say, type Sentence } from '../sentences.ts'
import { mainFile, InterfacesFiles, type Dialect } from './ifupdown-files.ts'
import { LinkWriter } from './ifupdown-link.ts'
import { joinMaster, leaveMasters, writePort } from './ifupdown-ports.ts'
import { readInterfaces } from './ifupdown-read.ts'
import { proved } from './proof.ts'
import type { ConfigFile, FileChange, LinkChange } from '../back-end.ts'

/** The files after these changes. Whatever reads back differently from what was wanted is refused. */
export function writeInterfaces(
  files: readonly ConfigFile[],
  changes: readonly LinkChange[],
  dialect: Dialect,
): Result<FileChange[], Sentence> {
  const doc = new InterfacesFiles(files, dialect)
  const before = readInterfaces(doc)
  for (const { link, reason } of before.unreadable)
    if (link === null || changes.some(({ name }) => name === link))
      return err(say('refuse.read-only', { link: link ?? mainFile, reason }))
  const wanted = new Map(before.links.map((link) => [link.name, link]))
  for (const { name, after } of changes)
    if (after === null) wanted.delete(name)
    else wanted.set(name, after)
  const current = new Map(before.links.map((link) => [link.name, link]))

  for (const { name, after } of changes) if (after === null) new LinkWriter(doc, name, wanted).remove()
  for (const { name, after } of changes)
    if (after !== null) new LinkWriter(doc, name, wanted).write(current.get(name) ?? null, after)
  for (const { name, after } of changes) leaveMasters(doc, name, after?.master ?? null)
  for (const { after } of changes) {
    if (after === null || after.master === null) continue
    if (!joinMaster(doc, after.name, after.master)) return refused(dialect, `the membership of ${after.name}`)
  }
  for (const { after } of changes) if (after !== null) writePort(doc, after)

  const made = doc.changed.map((file) => ({ ...file, mode: 0o644 }))
  return proved(dialect, (some) => readInterfaces(new InterfacesFiles(some, dialect)), files, changes, made)
}

const refused = (tool: string, what: string): { ok: false; error: Sentence } =>
  err(say('refuse.not-expressible', { tool, what }))
