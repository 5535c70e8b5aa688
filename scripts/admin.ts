/**
 * What an administrator does at the terminal: `./drawbridge admin`, `backup` and `restore`.
 *
 * Answers go to standard output, the one thing asked for as its last line, so that a script can take it; everything
 * else goes to standard error. `admin` works beside a running server or alone.
 */
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { parseRole, roles } from '../lib/access/can.ts'
import { resetPassword } from '../lib/services/account/reset-password.ts'
import { problemOf } from '../lib/services/refuse.ts'
import { isClaimed } from '../lib/services/setup/state.ts'
import { addToken } from '../lib/services/tokens/add.ts'
import { backup } from '../lib/store/backup.ts'
import { joinStore, type StoreOptions } from '../lib/store/db.ts'
import { reasonOf } from '../lib/store/failure.ts'
import { restore } from '../lib/store/restore.ts'

const root = join(import.meta.dirname, '..')
const terminal = { kind: 'system', name: 'terminal' } as const
const say = (line: string): void => void process.stderr.write(`drawbridge: ${line}\n`)

/** A sentence for the terminal, and nothing to look into. */
class Refused extends Error {
  readonly code: number
  constructor(sentence: string, code = 1) {
    super(sentence)
    this.code = code
  }
}
const misused = (sentence: string): Refused => new Refused(`${sentence} See ./drawbridge help.`, 2)

const from = process.env.DRAWBRIDGE_FROM ?? process.cwd()

/** A path as the person meant it: `./drawbridge` runs us in its own folder. */
const pathOf = (given: string): string => resolve(from, given)

function storeOptions(data: string | undefined): StoreOptions {
  const { DRAWBRIDGE_DATA, DATABASE_URL, DRAWBRIDGE_MASTER_KEY_FILE } = process.env
  const given = data ?? DRAWBRIDGE_DATA
  return {
    dataDir: given ? pathOf(given) : join(root, 'data'),
    databaseUrl: DATABASE_URL,
    masterKeyFile: DRAWBRIDGE_MASTER_KEY_FILE ? pathOf(DRAWBRIDGE_MASTER_KEY_FILE) : undefined,
  }
}

async function withStore<T>(data: string | undefined, work: () => Promise<T>): Promise<T> {
  const opened = await joinStore(storeOptions(data))
  if (!opened.ok) throw new Refused(opened.error.title)
  try {
    return await work()
  } finally {
    await opened.value.close()
  }
}

async function token(args: string[]): Promise<string> {
  const { values } = parseArgs({
    args,
    options: { name: { type: 'string' }, role: { type: 'string' }, data: { type: 'string' } },
  })
  const name = values.name?.trim() ?? ''
  if (name === '' || name.length > 100) throw misused('--name wants a name of 1 to 100 characters.')
  const role = parseRole(values.role)
  if (role === null) throw misused(`--role wants one of: ${roles.join(', ')}.`)
  return withStore(values.data, async () => {
    if (!(await isClaimed()))
      say('nobody is set up here yet; until there is a first admin the API answers set-up only.')
    const made = await addToken(terminal, { name, role, expiresAt: null }, new Date())
    return made.token
  })
}

async function newPassword(args: string[]): Promise<string> {
  const { values } = parseArgs({
    args,
    options: { email: { type: 'string' }, data: { type: 'string' }, 'without-second-factor': { type: 'boolean' } },
  })
  const { email } = values
  if (email === undefined || email === '') throw misused('--email wants the e-mail address somebody signs in with.')
  const withoutSecondFactor = values['without-second-factor'] ?? false
  return withStore(values.data, () => resetPassword(terminal, { email, withoutSecondFactor }, new Date()))
}

function fileIn(positionals: string[], what: string): string {
  const [file, ...more] = positionals
  if (file === undefined || file === '' || more.length > 0) throw misused(`${what} wants one FILE.`)
  return pathOf(file)
}

async function makeBackup(args: string[]): Promise<string> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { data: { type: 'string' }, 'with-master-key': { type: 'boolean', default: false } },
  })
  const file = fileIn(positionals, 'backup')
  const withMasterKey = values['with-master-key']
  const made = await backup(storeOptions(values.data), {
    file,
    withMasterKey,
    madeAt: new Date(),
    actorName: terminal.name,
  })
  if (!made.ok) throw new Refused(made.error.title)
  say(
    withMasterKey
      ? `wrote ${made.value.rows} rows and the master key: whoever has this file can open every host in it.`
      : `wrote ${made.value.rows} rows, without the master key: keep a copy of that file elsewhere, nothing opens without it.`,
  )
  return file
}

async function restoreBackup(args: string[]): Promise<null> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { data: { type: 'string' }, replace: { type: 'boolean', default: false } },
  })
  const file = fileIn(positionals, 'restore')
  const restored = await restore(storeOptions(values.data), {
    file,
    replace: values.replace,
    actorName: terminal.name,
  })
  if (!restored.ok) throw new Refused(restored.error.title)
  const { rows, wantedKey } = restored.value
  say(`restored ${rows} rows. Everybody signs in again.`)
  if (wantedKey)
    say(
      `the archive holds no master key: before the start put the file of the installation it came from (key ${wantedKey.id}) at ${wantedKey.file}, mode 0600.`,
    )
  return null
}

async function run([command, ...rest]: string[]): Promise<string | null> {
  if (command === 'backup') return makeBackup(rest)
  if (command === 'restore') return restoreBackup(rest)
  const [verb, ...args] = rest
  if (command === 'admin' && verb === 'token') return token(args)
  if (command === 'admin' && verb === 'reset-password') return newPassword(args)
  throw misused(`There is no command "${[command, verb].filter(Boolean).join(' ')}".`)
}

const isMisuse = (failure: unknown): failure is Error =>
  failure instanceof Error && String((failure as { code?: unknown }).code).startsWith('ERR_PARSE_ARGS')

try {
  const answer = await run(process.argv.slice(2))
  if (answer !== null) process.stdout.write(`${answer}\n`)
} catch (failure) {
  const problem = problemOf(failure)
  if (failure instanceof Refused) say(failure.message)
  else if (problem !== null) say(problem.title)
  else if (isMisuse(failure)) say(`${failure.message.split('. ')[0]}. See ./drawbridge help.`)
  else say(`this failed: ${reasonOf(failure)}`)
  process.exitCode = failure instanceof Refused ? failure.code : isMisuse(failure) ? 2 : 1
}
