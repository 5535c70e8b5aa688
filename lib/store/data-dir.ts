/**
 * The data directory (`--data DIR`): everything one installation keeps.
 *
 * | path              | mode | what                                                                              |
 * |-------------------|------|-----------------------------------------------------------------------------------|
 * | `DIR/lock`        | 0600 | held (flock) by the one process that uses the directory; its text names the pid   |
 * | `DIR/command.lock`| 0600 | held by an administrator's command, so that they come one after the other         |
 * | `DIR/postgres/`   | 0700 | the embedded cluster with its socket; not there with an external database         |
 * | `DIR/postgres.log`| 0600 | what the embedded server has to say; the previous one beside it as `.1`           |
 * | `DIR/master.key`  | 0600 | wraps all secrets, unless DRAWBRIDGE_MASTER_KEY_FILE names another file           |
 * | `DIR/setup-token` | 0600 | the one-time set-up token, until it is used (written by lib/auth)                 |
 *
 * Started by root, the cluster belongs to a system user, because PostgreSQL refuses to run as root; the rest is root's.
 */
import { spawnSync } from 'node:child_process'
import { chmodSync, closeSync, constants, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { once } from '../kit/once.ts'
import { err, ok, type Result } from '../kit/result.ts'
import { reasonOf, type StoreFailure } from './failure.ts'

export interface DataDir {
  path: string
  cluster: string
  serverLog: string
  masterKey: string
}

export const dataDirPaths = (path: string): DataDir => ({
  path,
  cluster: join(path, 'postgres'),
  serverLog: join(path, 'postgres.log'),
  masterKey: join(path, 'master.key'),
})

export interface DataDirLock {
  release: () => void
}

/** Makes the directory (0700) when it is not there. */
export function makeDataDir(path: string): Result<DataDir, StoreFailure> {
  try {
    if (mkdirSync(path, { recursive: true }) !== undefined) chmodSync(path, 0o700)
    return ok(dataDirPaths(path))
  } catch (failure) {
    return err({
      code: 'data-dir',
      title: `The data directory ${path} cannot be made: ${reasonOf(failure)}. Give another one with --data DIR.`,
    })
  }
}

/**
 * Takes the directory for this process. The kernel keeps the lock with the open file and drops it when the process
 * ends, however it ends, so there is never a stale one to clean up.
 */
export function lockDataDir(path: string): Result<DataDirLock, StoreFailure> {
  return lockFile(path, 'lock', ['--nonblock'])
}

/**
 * Waits for another administrator's command on this directory: the one that started the database would stop it under
 * the one that joined it.
 */
export const awaitCommandLock = (path: string): Result<DataDirLock, StoreFailure> =>
  lockFile(path, 'command.lock', ['--wait', '60'])

function lockFile(path: string, name: string, how: string[]): Result<DataDirLock, StoreFailure> {
  const held = once('store.locks', () => new Set<string>())
  const file = join(path, name)
  if (held.has(file)) return err(inUse(path, process.pid))
  let fd: number
  try {
    fd = openSync(file, constants.O_RDWR | constants.O_CREAT, 0o600)
  } catch (failure) {
    return err({ code: 'data-dir', title: `The lock of the data directory cannot be opened: ${reasonOf(failure)}.` })
  }
  // Node has no flock(2). A lock belongs to the open file, not to who asked for it: the child takes it on the
  // descriptor it inherits and ends, and it stays with ours.
  const { status, error } = spawnSync('flock', ['--exclusive', ...how, '3'], {
    stdio: ['ignore', 'ignore', 'ignore', fd],
  })
  if (status === 0) {
    held.add(file)
    ftruncateSync(fd)
    writeSync(fd, `${process.pid}\n`, 0)
    return ok({
      release: () => {
        if (!held.delete(file)) return
        ftruncateSync(fd)
        closeSync(fd)
      },
    })
  }
  const owner = lockOwner(file)
  closeSync(fd)
  return error === undefined
    ? err(inUse(path, owner))
    : err({
        code: 'data-dir',
        title: `The command flock (package util-linux) cannot be run: ${error.message}. Install it.`,
      })
}

/** Pid of the process that holds the directory, as it wrote it there; null when it did not. */
function lockOwner(file: string): number | null {
  const text = readFileSync(file, 'utf8').trim()
  return /^\d{1,10}$/.test(text) ? Number(text) : null
}

const inUse = (path: string, pid: number | null): StoreFailure => ({
  code: 'in-use',
  title: `Another Drawbridge${pid === null ? '' : ` (pid ${pid})`} uses the data directory ${path}. Stop it first, or give this one a directory of its own with --data DIR.`,
})
