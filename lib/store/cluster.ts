/** The embedded cluster's folder and the processes that work in it. */
import { spawnSync } from 'node:child_process'
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { err, ok, type Result } from '../kit/result.ts'
import type { DataDir } from './data-dir.ts'
import type { StoreFailure } from './failure.ts'
import type { Account } from './postgres-account.ts'
import type { Binaries } from './postgres-binaries.ts'

/** Of the superuser and of the database. */
export const clusterName = 'drawbridge'
export const clusterPort = 5432
/** Nothing of ours: no variable of the environment (PGDATA, LD_PRELOAD, a secret) reaches the server. */
export const serverEnv = { LC_ALL: 'C', PATH: '/usr/bin:/bin', TZ: 'UTC' } as unknown as NodeJS.ProcessEnv

/** A cluster is made aside and renamed: a killed initdb leaves a directory that nothing can use. */
export function makeCluster(dir: DataDir, binaries: Binaries, account: Account): Result<void, StoreFailure> {
  const { cluster } = dir
  if (existsSync(join(cluster, 'PG_VERSION'))) {
    const major = readFileSync(join(cluster, 'PG_VERSION'), 'utf8').trim()
    if (major === String(binaries.major)) return ok(undefined)
    return err({
      code: 'database-version',
      title: `${cluster} was made by PostgreSQL ${major}, this Drawbridge has ${binaries.major}. Make a backup with the Drawbridge that made it, and restore that into an empty data directory.`,
    })
  }
  if (existsSync(cluster) && readdirSync(cluster).length > 0)
    return err({
      code: 'data-dir',
      title: `${cluster} is not empty and is no PostgreSQL cluster. Move it away, or give another directory with --data DIR.`,
    })
  for (const left of readdirSync(dir.path))
    if (left.startsWith('postgres.new-')) rmSync(join(dir.path, left), { recursive: true, force: true })
  const fresh = join(dir.path, `postgres.new-${process.pid}`)
  mkdirSync(fresh, { mode: 0o700 })
  if (account.drop.uid !== undefined) chownSync(fresh, account.uid, account.gid)
  const options = [
    '--username',
    clusterName,
    '--auth',
    'peer',
    '--encoding',
    'UTF8',
    '--locale-provider',
    'builtin',
    '--builtin-locale',
    'C.UTF-8',
    '--locale',
    'C',
    '--data-checksums',
    '--no-instructions',
  ]
  const { status, stderr, error } = spawnSync(binaries.initdb, ['-D', '/proc/self/cwd', ...options], {
    ...account.drop,
    cwd: fresh,
    encoding: 'utf8',
    env: serverEnv,
  })
  if (status !== 0) {
    rmSync(fresh, { recursive: true, force: true })
    return err({
      code: 'database-start',
      title: `The database cannot be made in ${dir.path}. Look at the detail: often the disk is full or the directory is read-only.`,
      detail: (error?.message ?? stderr).trim().slice(-2000),
    })
  }
  renameSync(fresh, cluster)
  return ok(undefined)
}

/** Who may connect: the account, and root, which could read the files anyway. Renamed into place: the folder is not ours. */
export function writeAccess(cluster: string, account: Account): void {
  const names = new Set([account.name, 'root'])
  const files = {
    'pg_hba.conf': `local all all peer map=${clusterName}\n`,
    'pg_ident.conf': [...names].map((system) => `${clusterName} "${system}" ${clusterName}\n`).join(''),
  }
  for (const [file, text] of Object.entries(files)) {
    const fresh = join(cluster, `${file}.new`)
    rmSync(fresh, { force: true })
    writeFileSync(fresh, text, { mode: 0o644, flag: 'wx' })
    renameSync(fresh, join(cluster, file))
  }
}

const pidIn = (file: string): number | null => {
  try {
    const pid = Number.parseInt(readFileSync(file, 'utf8'), 10)
    return pid > 0 ? pid : null
  } catch {
    return null
  }
}

/** Pid of the postmaster when it runs. */
export function postmaster(cluster: string): number | null {
  const pid = pidIn(join(cluster, 'postmaster.pid'))
  return pid !== null && serverProcesses(cluster).includes(pid) ? pid : null
}

/**
 * After a crash the number in a lock file may belong to somebody else by now, and PostgreSQL would believe it; and a
 * kill between making the file and writing the number leaves it empty, which PostgreSQL takes for another server that
 * starts. The caller holds the directory and has seen that no server works in it.
 */
export function clearStalePid(cluster: string): void {
  for (const file of ['postmaster.pid', `.s.PGSQL.${clusterPort}.lock`]) {
    const pid = pidIn(join(cluster, file))
    if (pid === null || existsSync(`/proc/${pid}`)) rmSync(join(cluster, file), { force: true })
  }
}

/** Pids of the server's processes of this cluster: each has it as its working directory. */
export function serverProcesses(cluster: string): number[] {
  const wanted = realpathSync(cluster)
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .filter((pid) => {
      try {
        return (
          readlinkSync(`/proc/${pid}/cwd`) === wanted &&
          readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('postgres')
        )
      } catch {
        return false
      }
    })
    .map(Number)
}

export function signal(pid: number, name_: NodeJS.Signals): void {
  try {
    process.kill(pid, name_)
  } catch {
    // It ended meanwhile.
  }
}
