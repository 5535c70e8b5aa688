import { spawnSync } from 'node:child_process'
import { chownSync, lchownSync, readdirSync, statSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { err, ok, type Result } from '../kit/result.ts'
import { reasonOf, type StoreFailure } from './failure.ts'

/** Who the server runs as. `drop`: what to give `spawn` so that it does; empty for an ordinary user. */
export interface Account {
  name: string
  uid: number
  gid: number
  drop: { uid?: number; gid?: number }
}

const isRoot = (): boolean => process.getuid?.() === 0

/**
 * The user the server shall run as: ourselves, or, because PostgreSQL refuses to run as root, the owner of the cluster
 * that is there, else the system user `drawbridge` (made when it is missing), else `nobody`.
 */
export function postgresAccount(cluster: string): Result<Account, StoreFailure> {
  const owner = statSync(cluster, { throwIfNoEntry: false })?.uid
  if (!isRoot()) return ordinary(cluster, owner)
  const known =
    (owner === undefined || owner === 0 ? null : lookUp(String(owner))) ??
    lookUp('drawbridge') ??
    made() ??
    lookUp('nobody')
  if (known === null)
    return err({
      code: 'database-start',
      title: 'PostgreSQL refuses to run as root and no system user can be made. Add one: useradd --system drawbridge',
    })
  if (owner !== undefined && owner !== known.uid) giveAway(cluster, known)
  return ok(known)
}

function ordinary(cluster: string, owner: number | undefined): Result<Account, StoreFailure> {
  try {
    const { username, uid, gid } = userInfo()
    if (owner === undefined || owner === uid) return ok({ name: username, uid, gid, drop: {} })
    const whose = lookUp(String(owner))?.name ?? `uid ${owner}`
    return err({
      code: 'data-dir',
      title: `${cluster} belongs to ${whose}. Start Drawbridge as that user or as root, or give another directory with --data DIR.`,
    })
  } catch (failure) {
    return err({
      code: 'database-start',
      title: `The user Drawbridge runs as is not known to this system (${reasonOf(failure)}), and PostgreSQL needs one that is.`,
    })
  }
}

/** An account by name or number, as the system's name service knows it. */
function lookUp(who: string): Account | null {
  const { status, stdout } = spawnSync('getent', ['passwd', who], { encoding: 'utf8' })
  const [name = '', , uid = '', gid = ''] = status === 0 ? stdout.trim().split(':') : []
  if (name === '' || uid === '' || gid === '') return null
  return { name, uid: Number(uid), gid: Number(gid), drop: { uid: Number(uid), gid: Number(gid) } }
}

function made(): Account | null {
  spawnSync('useradd', [
    '--system',
    '--user-group',
    '--no-create-home',
    '--home-dir',
    '/nonexistent',
    '--shell',
    '/usr/sbin/nologin',
    'drawbridge',
  ])
  // Asked again whatever it answered: somebody else may have made it at the same moment.
  return lookUp('drawbridge')
}

/** A cluster that came from another machine belongs to a number nobody has here. */
function giveAway(directory: string, { uid, gid }: Account): void {
  for (const name of readdirSync(directory, { recursive: true, encoding: 'utf8' }))
    lchownSync(join(directory, name), uid, gid)
  chownSync(directory, uid, gid)
}
