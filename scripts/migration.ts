/**
 * Authors a migration: `node scripts/migration.ts NAME` writes prisma/migrations/<time>_NAME/migration.sql with what
 * turns the schema of the last migration into prisma/schema.prisma. Look at it, add what a diff cannot know (data to
 * carry over), commit it. `node scripts/migration.ts --check` says whether the migrations make the schema (exit 1: no).
 *
 * Prisma's own `migrate` wants a binary from a network this project does without; its WebAssembly build does the same.
 * The schema as of the last migration lies beside the migrations, so no database is needed.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const root = join(import.meta.dirname, '..')
const schemaFile = join(root, 'prisma/schema.prisma')
const migrationsDir = join(root, 'prisma/migrations')
/** The schema that all migrations together make. */
const madeFile = join(migrationsDir, 'schema.prisma')

interface Engine {
  diff(params: {
    from: Target
    to: Target
    script: boolean
    exitCode: boolean | null
    filters: { externalTables: string[]; externalEnums: string[] }
  }): Promise<{ stdout: string | null }>
}
type Target = { tag: 'empty' } | { tag: 'schemaDatamodel'; files: { path: string; content: string }[] }

interface EngineModule {
  __wbg_set_wasm(exports: WebAssembly.Exports): void
  SchemaEngine: {
    new: (options: { datamodels: [string, string][] }, log: (line: string) => void, adapter: object) => Promise<Engine>
  }
}

/** The package expects a bundler to load its .wasm; Node needs this done by hand. */
async function loadEngine(datamodel: string): Promise<Engine> {
  const glue = (await import(import.meta.resolve('@prisma/schema-engine-wasm/schema_engine_bg'))) as EngineModule &
    WebAssembly.ModuleImports
  const file = new URL('schema_engine_bg.wasm', import.meta.resolve('@prisma/schema-engine-wasm'))
  const { instance } = await WebAssembly.instantiate(readFileSync(file), { './schema_engine_bg.js': glue })
  glue.__wbg_set_wasm(instance.exports)
  ;(instance.exports.__wbindgen_start as () => void)()
  return glue.SchemaEngine.new({ datamodels: [['schema.prisma', datamodel]] }, () => undefined, offlineAdapter)
}

/** The engine asks a database which version it is before it writes SQL; this one is the version we embed. */
const connection = {
  provider: 'postgres',
  adapterName: 'offline',
  queryRaw: async () => ({
    ok: true,
    value: {
      columnNames: ['exists', 'version', 'numeric_version'],
      columnTypes: [5, 7, 0],
      rows: [[true, 'PostgreSQL 18.4', 180_004]],
    },
  }),
  executeRaw: async () => ({ ok: true, value: 0 }),
  executeScript: async () => ({ ok: true, value: undefined }),
  startTransaction: async () => ({ ok: false, error: { kind: 'GenericJs', id: 0 } }),
  dispose: async () => ({ ok: true, value: undefined }),
}
const offlineAdapter = {
  provider: 'postgres',
  adapterName: 'offline',
  connect: async () => ({ ok: true, value: connection }),
  connectToShadowDb: async () => ({ ok: true, value: connection }),
  errorRegistry: { consumeError: () => undefined },
}

/** SQL that turns one schema into the other (`null`: an empty database); '' when they agree. */
export async function schemaDiff(from: string | null, to: string): Promise<string> {
  const target = (content: string): Target => ({ tag: 'schemaDatamodel', files: [{ path: 'schema.prisma', content }] })
  const { stdout } = await (
    await loadEngine(to)
  ).diff({
    from: from === null ? { tag: 'empty' } : target(from),
    to: target(to),
    script: true,
    exitCode: null,
    filters: { externalTables: [], externalEnums: [] },
  })
  const sql = (stdout ?? '').trim()
  return sql.startsWith('-- This is an empty migration') ? '' : sql
}

/** What prisma/schema.prisma has that the migrations do not make yet; '' when nothing. */
export const pendingSql = (): Promise<string> =>
  schemaDiff(existsSync(madeFile) ? readFileSync(madeFile, 'utf8') : null, readFileSync(schemaFile, 'utf8'))

async function main(argument: string | undefined): Promise<number> {
  const say = (line: string): boolean => process.stderr.write(`${line}\n`)
  if (argument === undefined || (argument !== '--check' && !/^[a-z][a-z0-9_]{0,60}$/.test(argument))) {
    say('Usage: node scripts/migration.ts NAME | --check     (NAME: small letters, digits, _)')
    return 2
  }
  const sql = await pendingSql()
  if (argument === '--check') {
    if (sql === '') return 0
    say(`prisma/schema.prisma has what no migration makes; run node scripts/migration.ts NAME\n\n${sql}`)
    return 1
  }
  if (sql === '') {
    say('The migrations make prisma/schema.prisma already; nothing written.')
    return 0
  }
  const time = new Date().toISOString().replaceAll(/[-T:]|\..*/g, '')
  const dir = join(migrationsDir, `${time}_${argument}`)
  mkdirSync(dir, { recursive: true })
  writeFileSync(join(dir, 'migration.sql'), `${sql}\n`)
  writeFileSync(join(migrationsDir, 'migration_lock.toml'), 'provider = "postgresql"\n')
  writeFileSync(madeFile, readFileSync(schemaFile))
  say(`wrote prisma/migrations/${time}_${argument}/migration.sql`)
  return 0
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  process.exitCode = await main(process.argv[2])
