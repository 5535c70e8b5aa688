import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { store } from '../store/db.ts'
import { deleteSetting, readSetting, writeSetting } from '../store/settings.ts'

const settingKey = 'setup-token'
const lifeMs = 24 * 3600 * 1000
const fileOf = (): string => join(store().dir.path, 'setup-token')
const digest = (token: string): Buffer => createHash('sha256').update(token).digest()

interface Held {
  sha256: string
  expiresAt: number
}

async function held(): Promise<Held | null> {
  const value = await readSetting(settingKey)
  if (typeof value !== 'object' || value === null || !('sha256' in value) || !('expiresAt' in value)) return null
  const { sha256, expiresAt } = value
  return typeof sha256 === 'string' && typeof expiresAt === 'number' ? { sha256, expiresAt } : null
}

const fits = (token: string, { sha256, expiresAt }: Held, now: Date): boolean =>
  expiresAt > now.getTime() && timingSafeEqual(Buffer.from(sha256, 'hex'), digest(token))

/**
 * The one-time token: its hash in the store, itself in DIR/setup-token (0600) and with the caller, who prints it. One
 * that is good still stays as it is, so that a restart does not void the link somebody was given.
 */
export async function setupToken(now: Date): Promise<string> {
  const known = await held()
  const written = (await readFile(fileOf(), 'utf8').catch(() => '')).trim()
  if (known !== null && written !== '' && fits(written, known, now)) return written
  const token = randomBytes(18).toString('base64url')
  await writeSetting(settingKey, { sha256: digest(token).toString('hex'), expiresAt: now.getTime() + lifeMs })
  // The mode counts only for a new file.
  await rm(fileOf(), { force: true })
  await writeFile(fileOf(), `${token}\n`, { mode: 0o600 })
  return token
}

/** Uses the token up: true for one caller only. `undo` makes it good again when what followed failed. */
export async function takeSetupToken(
  token: string,
  now: Date,
): Promise<{ taken: false } | { taken: true; undo: () => Promise<void> }> {
  const known = await held()
  if (known === null || !fits(token, known, now) || !(await deleteSetting(settingKey))) return { taken: false }
  return { taken: true, undo: () => writeSetting(settingKey, known) }
}

export async function forgetSetupToken(): Promise<void> {
  await deleteSetting(settingKey)
  await rm(fileOf(), { force: true })
}
