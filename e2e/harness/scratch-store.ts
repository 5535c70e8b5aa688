/** For tests: a real store in a new data directory. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { forgetAuth } from '../../lib/auth/auth.ts'
import { forgetClaimed } from '../../lib/services/setup/state.ts'
import { openStore, type Store } from '../../lib/store/db.ts'
import { createHost } from '../../lib/store/hosts.ts'

/** A new, empty directory, and what removes it. */
export function scratchDir(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'drawbridge-store-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

export async function mustOpen(dataDir: string, databaseUrl?: string): Promise<Store> {
  const opened = await openStore({ dataDir, databaseUrl })
  if (!opened.ok) throw new Error(`${opened.error.title} ${opened.error.detail ?? ''}`)
  return opened.value
}

/** Closes it, and forgets what this process remembers of it. */
export async function closeStore(store: Store): Promise<void> {
  await store.close()
  forgetAuth()
  forgetClaimed()
}

/** The row of a host nobody will ever speak to; its id. */
export async function addHostRow(name: string): Promise<string> {
  const made = await createHost({
    name,
    address: '192.0.2.10',
    port: 22,
    user: 'root',
    signIn: 'generated-key',
    publicKey: null,
    jumpHostId: null,
    tags: [],
    notes: '',
    keys: [],
  })
  if (!made.ok) throw new Error(made.error)
  return made.value.id
}
