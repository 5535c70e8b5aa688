/** For tests: a PostgreSQL server of its own that plays the external one, with an owner who is no superuser. */
import pg from 'pg'
import { makeDataDir } from '../../lib/store/data-dir.ts'
import { startEmbeddedPostgres } from '../../lib/store/embedded-postgres.ts'
import { scratchDir } from './scratch-store.ts'

export interface ExternalPostgres {
  /** Makes an empty database owned by an ordinary role; its DATABASE_URL. */
  database(name: string): Promise<string>
  close(): Promise<void>
}

export async function startExternalPostgres(): Promise<ExternalPostgres> {
  const scratch = scratchDir()
  const dir = makeDataDir(scratch.path)
  if (!dir.ok) throw new Error(dir.error.title)
  const started = await startEmbeddedPostgres(dir.value)
  if (!started.ok) throw new Error(started.error.title)
  const { host, user, port } = started.value.connection
  const root = new pg.Client({ ...started.value.connection, database: 'postgres' })
  await root.connect()
  await root.query('CREATE ROLE app')
  return {
    async database(name) {
      await root.query(`CREATE DATABASE "${name}" OWNER app`)
      return `postgresql://${user}@${encodeURIComponent(host)}:${port}/${name}?options=${encodeURIComponent('-c role=app')}`
    },
    async close() {
      await root.end()
      await started.value.stop()
      scratch.remove()
    },
  }
}
