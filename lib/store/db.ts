import { PrismaPg } from '@prisma/adapter-pg'
import { once } from '../kit/once.ts'
import { err, ok, type Result } from '../kit/result.ts'
import { joinDatabase, openDatabase, type Database, type DatabaseOptions } from './database.ts'
import type { StoreFailure } from './failure.ts'
import { PrismaClient } from './generated/client.ts'
import { openMasterKeys, type MasterKeys } from './master-key.ts'
import { migrate, readMigrations } from './migrate.ts'

export interface StoreOptions extends DatabaseOptions {
  /** Where the master key lies; without it `DIR/master.key`, which is made at the first start. */
  masterKeyFile?: string | undefined
}

export interface Store extends Omit<Database, 'close'> {
  prisma: PrismaClient
  keys: MasterKeys
  /** Closes it all, also the embedded server. Whoever uses `db()` must be done. */
  close(): Promise<void>
}

const current = (): { store: Store | null } => once('store', () => ({ store: null }))

/**
 * Opens the store for this process: takes the data directory, starts or reaches the database, migrates it and proves
 * that the master key is the one its secrets were sealed with. From then on `db()` and everything over it work.
 */
export const openStore = (options: StoreOptions): Promise<Result<Store, StoreFailure>> => open(options, openDatabase)

/** The same beside a Drawbridge that runs on this data directory, or alone when none does. */
export const joinStore = (options: StoreOptions): Promise<Result<Store, StoreFailure>> => open(options, joinDatabase)

async function open(options: StoreOptions, getDatabase: typeof openDatabase): Promise<Result<Store, StoreFailure>> {
  if (current().store !== null) return err({ code: 'in-use', title: 'The store of this process is open already.' })
  const database = await getDatabase(options)
  if (!database.ok) return database
  const migrated = await migrate(database.value.pool, readMigrations())
  if (!migrated.ok) return (await database.value.close(), migrated)
  const keys = await openMasterKeys(database.value.pool, database.value.dir, options.masterKeyFile)
  if (!keys.ok) return (await database.value.close(), keys)
  const prisma = new PrismaClient({ adapter: new PrismaPg(database.value.pool) })
  const opened: Store = {
    ...database.value,
    prisma,
    keys: keys.value,
    close: async () => {
      if (current().store === opened) current().store = null
      await prisma.$disconnect()
      await database.value.close()
    },
  }
  current().store = opened
  return ok(opened)
}

/** The open store. Throws before `openStore` and after `close`: that is a bug in the order of start or stop. */
export function store(): Store {
  const { store: held } = current()
  if (held === null) throw new Error('the store is not open')
  return held
}

/** Prisma's client on the open store. */
export const db = (): PrismaClient => store().prisma
