/**
 * The file `./drawbridge backup` writes: gzip of JSON lines, so that `zcat FILE | head` shows what it is.
 *
 * | line     | shape                                                                                          |
 * |----------|------------------------------------------------------------------------------------------------|
 * | first    | `{ format: 'drawbridge-backup', version: 1, madeAt, migrations: [{ name, checksum }], masterKeys }` |
 * | table    | `{ table, columns }`; its rows follow                                                          |
 * | row      | `[value, …]`: each as PostgreSQL writes it as text (UTC, ISO dates, bytes in hex), or null      |
 * | last     | `{ end: true, rows, sha256 }`: how many rows, and the hash of every byte before this line       |
 */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import * as z from 'zod'
import { err, ok, type Result } from '../kit/result.ts'
import { reasonOf, type StoreFailure } from './failure.ts'

/** A row is far smaller; what is longer is no archive, and would fill the memory. */
const lineLimitBytes = 256 * 1024 * 1024

const headerSchema = z.object({
  format: z.literal('drawbridge-backup'),
  version: z.literal(1),
  madeAt: z.string(),
  migrations: z.array(z.object({ name: z.string(), checksum: z.string() })).min(1),
  /** Lines of the master key file, only when they were asked for. */
  masterKeys: z.array(z.string()).nullable(),
})
export type ArchiveHeader = z.infer<typeof headerSchema>

const tableSchema = z.object({ table: z.string(), columns: z.array(z.string()).min(1) })
const rowSchema = z.array(z.string().nullable())
const endSchema = z.object({ end: z.literal(true), rows: z.number().int(), sha256: z.string() })

export type ArchiveRow = (string | null)[]
export type ArchivePart = { kind: 'table'; table: string; columns: string[] } | { kind: 'row'; row: ArchiveRow }

const damaged = (file: string, why: string): StoreFailure => ({
  code: 'archive',
  title: `${file} is damaged or is no archive of Drawbridge (${why}). Nothing was changed.`,
})

/** Thrown inside the reader and turned into a failure at its edge. */
class Damaged extends Error {}

/** Writes the file (0600) so that it is there whole or not at all. Resolves with the number of rows. */
export async function writeArchive(
  file: string,
  header: Omit<ArchiveHeader, 'format' | 'version'>,
  parts: AsyncIterable<ArchivePart[]>,
): Promise<Result<number, StoreFailure>> {
  const fresh = `${file}.new-${process.pid}`
  let rows = 0
  async function* lines(): AsyncGenerator<Buffer> {
    const hash = createHash('sha256')
    const hashed = (text: string): Buffer => {
      const bytes = Buffer.from(text)
      hash.update(bytes)
      return bytes
    }
    const first: ArchiveHeader = { format: 'drawbridge-backup', version: 1, ...header }
    yield hashed(`${JSON.stringify(first)}\n`)
    for await (const batch of parts) {
      rows += batch.filter(({ kind }) => kind === 'row').length
      const values = batch.map((part) =>
        part.kind === 'row' ? part.row : { table: part.table, columns: part.columns },
      )
      yield hashed(values.map((value) => `${JSON.stringify(value)}\n`).join(''))
    }
    yield Buffer.from(`${JSON.stringify({ end: true, rows, sha256: hash.digest('hex') })}\n`)
  }
  let opened = false
  try {
    const handle = await open(fresh, 'wx', 0o600)
    opened = true
    // Flushes and closes it, also when something fails.
    await pipeline(lines(), createGzip(), handle.createWriteStream({ flush: true }))
    await rename(fresh, file)
    const folder = await open(dirname(file), 'r')
    await folder.sync()
    await folder.close()
    return ok(rows)
  } catch (failure) {
    if (opened) await rm(fresh, { force: true })
    return err({ code: 'archive', title: `The archive ${file} cannot be written: ${reasonOf(failure)}.` })
  }
}

async function* linesOf(file: string): AsyncGenerator<Buffer> {
  const source = createReadStream(file)
  const text = createGunzip()
  source.on('error', (failure) => text.destroy(failure))
  source.pipe(text)
  let pending: Buffer[] = []
  let size = 0
  try {
    for await (const piece of text as AsyncIterable<Buffer>) {
      let from = 0
      for (let at = piece.indexOf(10); at !== -1; at = piece.indexOf(10, from)) {
        yield Buffer.concat([...pending, piece.subarray(from, at)])
        pending = []
        size = 0
        from = at + 1
      }
      if (from < piece.length) pending.push(piece.subarray(from))
      size += piece.length - from
      if (size > lineLimitBytes) throw new Damaged('a line is too long')
    }
    if (pending.length > 0) throw new Damaged('it ends in the middle of a line')
  } finally {
    source.destroy()
    text.destroy()
  }
}

const parsed = (line: Buffer): unknown => {
  try {
    return JSON.parse(line.toString('utf8')) as unknown
  } catch {
    throw new Damaged('a line is no JSON')
  }
}

/**
 * Reads an archive from its beginning to its end: `begin` gets the header, `take` each table and row in order. Ok only
 * when the checksum fits; what `begin` and `take` did must be undone otherwise.
 */
export async function readArchive(
  file: string,
  begin: (header: ArchiveHeader) => Promise<Result<void, StoreFailure>>,
  take: (part: ArchivePart) => Promise<void>,
): Promise<Result<void, StoreFailure>> {
  const hash = createHash('sha256')
  let state: 'header' | 'parts' | 'end' = 'header'
  let rows = 0
  try {
    for await (const line of linesOf(file)) {
      const value = parsed(line)
      if (state === 'end') throw new Damaged('something follows its end')
      if (state === 'header') {
        const header = headerSchema.safeParse(value)
        if (!header.success) return err(notOurs(file, value))
        const begun = await begin(header.data)
        if (!begun.ok) return begun
        state = 'parts'
      } else if (Array.isArray(value)) {
        const row = rowSchema.safeParse(value)
        if (!row.success) throw new Damaged('a row is not a row')
        rows++
        await take({ kind: 'row', row: row.data })
      } else if (typeof value === 'object' && value !== null && 'end' in value) {
        const end = endSchema.safeParse(value)
        if (!end.success || end.data.rows !== rows || end.data.sha256 !== hash.digest('hex'))
          throw new Damaged('its checksum does not fit')
        state = 'end'
        continue
      } else {
        const table = tableSchema.safeParse(value)
        if (!table.success) throw new Damaged('a table is not a table')
        await take({ kind: 'table', ...table.data })
      }
      hash.update(line).update('\n')
    }
    if (state !== 'end') throw new Damaged('it has no end')
    return ok(undefined)
  } catch (failure) {
    const { code } = failure as NodeJS.ErrnoException
    if (failure instanceof Damaged || code?.startsWith('Z_')) return err(damaged(file, reasonOf(failure)))
    if (code === 'ENOENT' || code === 'EACCES' || code === 'EISDIR')
      return err({ code: 'archive', title: `The archive ${file} cannot be read: ${reasonOf(failure)}.` })
    throw failure
  }
}

function notOurs(file: string, value: unknown): StoreFailure {
  const { format, version } = (value ?? {}) as { format?: unknown; version?: unknown }
  return format === 'drawbridge-backup' && version !== 1
    ? {
        code: 'archive',
        title: `${file} was written by a newer Drawbridge (format ${String(version)}). Upgrade this one first.`,
      }
    : damaged(file, 'its first line is not that of an archive')
}

/** Reads it all and touches nothing: the header, when everything in it is as it was written. */
export async function verifyArchive(file: string): Promise<Result<ArchiveHeader, StoreFailure>> {
  let found: ArchiveHeader | null = null
  let columns: number | null = null
  const read = await readArchive(
    file,
    async (header) => {
      found = header
      return ok(undefined)
    },
    async (part) => {
      if (part.kind === 'table') columns = part.columns.length
      else if (part.row.length !== columns) throw new Damaged('a row does not fit its table')
    },
  )
  if (!read.ok) return read
  return found === null ? err(damaged(file, 'it is empty')) : ok(found)
}
