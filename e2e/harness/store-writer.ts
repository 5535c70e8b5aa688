/**
 * For tests: `node store-writer.ts DIR ACKS own|join NAME` waits for a line on standard input, opens the database and
 * inserts rows as fast as they are committed. What was acknowledged stands in the file ACKS, a line each, which the
 * kernel keeps when we are killed. Prints `acknowledged` with the first one.
 */
import { once } from 'node:events'
import { closeSync, openSync, writeSync } from 'node:fs'
import { joinDatabase, openDatabase } from '../../lib/store/database.ts'

const [dataDir = '', acksFile = '', how = '', name = ''] = process.argv.slice(2)
const connections = 3

await once(process.stdin, 'data')
const opened = await (how === 'own' ? openDatabase : joinDatabase)({ dataDir })
if (!opened.ok) throw new Error(`${opened.error.title} ${opened.error.detail ?? ''}`)
const { pool } = opened.value
const acks = openSync(acksFile, 'a')
let first = true

async function write(connection: number): Promise<void> {
  for (let at = 0; ; at++) {
    const id = `${name}.${connection}.${at}`
    await pool.query(
      `INSERT INTO "AuditEntry" (id, "actorKind", "actorName", action, outcome) VALUES ($1, 'system', 'x', 'x', 'done')`,
      [id],
    )
    writeSync(acks, `${id}\n`)
    if (first) process.stdout.write('acknowledged\n')
    first = false
  }
}
await Promise.all(Array.from({ length: connections }, (_, at) => write(at))).finally(() => closeSync(acks))
