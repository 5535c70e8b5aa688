import { err, ok, type Result } from '../../kit/result.ts'
import type { DomainRef } from './calls.ts'
import type { RpcClient } from './client.ts'
import type { LibvirtFailure } from './failure.ts'
import {
  beginMigration,
  confirmMigration,
  finishMigration,
  migrateFlag,
  performMigration,
  prepareMigration,
  type Cookie,
} from './migration-calls.ts'
import type { TypedParam } from './typed-params.ts'

export interface Migration {
  source: RpcClient
  target: RpcClient
  domain: DomainRef
  /** As the source reaches the target: `tcp://192.0.2.7`; the target finds a port. */
  uri: string
  /** `migrateFlag`s, without `protect` and `paused`. */
  flags: number
  isPaused: boolean
  /** Targets of the disks (`vda`) that are copied. */
  copiedDisks: readonly string[]
  /** Told before each of its parts. */
  onPart: (part: 'prepare' | 'perform' | 'finish') => void
  /** Whether it runs at the target, when the target did not answer to the end. Null: nobody can say. */
  runsAtTarget: () => Promise<boolean | null>
}

export interface MigrationFailure {
  /** Where the domain is now, as far as the protocol tells. `unknown`: it stands still at the source. */
  left: 'source' | 'unknown'
  failure: LibvirtFailure
}

const shortMs = 60_000
// Starting a QEMU that waits, and its last megabytes, on a busy host.
const startMs = 5 * 60_000
// The memory and all disks.
const performMs = 24 * 60 * 60_000

/**
 * Moves a domain between two hosts whose libvirts don't know each other: the five steps of migration protocol 3, in the
 * order in which libvirt's own library takes them, with both sides' cookies carried over. What fails leaves it running
 * at the source, except when the target went away at the very end and nobody can say whether it runs there.
 */
export async function migrate(migration: Migration): Promise<Result<DomainRef, MigrationFailure>> {
  const { source, target, domain, uri, copiedDisks, onPart, isPaused } = migration
  const flags = migration.flags | (isPaused ? migrateFlag.paused : 0)
  const atSource = flags | migrateFlag.protect
  const atTarget = flags & ~migrateFlag.autoConverge
  const common: TypedParam[] = [['migrate_uri', uri], ...copiedDisks.map((disk): TypedParam => ['migrate_disks', disk])]
  const confirm = (params: readonly TypedParam[], cookie: Cookie, cancelled: boolean) =>
    source.call(confirmMigration(domain, params, cookie, atSource, cancelled), { timeoutMs: startMs })

  const begun = await source.call(beginMigration(domain, common, atSource), { timeoutMs: shortMs })
  if (!begun.ok) return err({ left: 'source', failure: begun.error })

  onPart('prepare')
  const described: TypedParam[] = [...common, ['destination_xml', begun.value.xml]]
  const prepared = await target.call(prepareMigration(described, begun.value.cookie, atTarget), { timeoutMs: startMs })
  if (!prepared.ok) {
    // Begin has begun a job at the source, which only this ends.
    await confirm(described, noCookie, true)
    return err({ left: 'source', failure: prepared.error })
  }
  const params: TypedParam[] = described.map(([name, value]) =>
    name === 'migrate_uri' ? [name, prepared.value.uri ?? uri] : [name, value],
  )

  onPart('perform')
  const isOffline = (flags & migrateFlag.offline) !== 0
  const performed: Result<Cookie, LibvirtFailure> = isOffline
    ? ok(noCookie)
    : await source.call(performMigration(domain, params, prepared.value.cookie, atSource), { timeoutMs: performMs })

  onPart('finish')
  const named: TypedParam[] = [...params, ['destination_name', domain.name]]
  const finished = await target.call(
    finishMigration(named, performed.ok ? performed.value : noCookie, atTarget, !performed.ok),
    { timeoutMs: startMs },
  )
  // A source that failed has cleaned up by itself, and runs on.
  if (!performed.ok) return err({ left: 'source', failure: betterOf(performed.error, finished) })

  if (finished.ok) {
    await confirm(named, finished.value.cookie, false)
    return ok(finished.value.ref)
  }
  const isUnheard = finished.error.code !== 'libvirt'
  const runs = isUnheard ? await migration.runsAtTarget() : false
  // Running on at the source what may run at the target too would destroy its disks: it stays as it is, standing still.
  if (runs === null) return err({ left: 'unknown', failure: finished.error })
  await confirm(named, noCookie, !runs)
  return runs ? ok({ ...domain, id: -1 }) : err({ left: 'source', failure: finished.error })
}

const noCookie: Cookie = Buffer.alloc(0)

// VIR_ERR_OPERATION_FAILED, VIR_ERR_MIGRATE_FINISH_OK
const operationFailed = 9
const finishOk = 93

/** "Migration unexpectedly failed" says less than what the target saw of the QEMU that died there. */
function betterOf(atSource: LibvirtFailure, finished: Result<unknown, LibvirtFailure>): LibvirtFailure {
  if (finished.ok || atSource.said?.code !== operationFailed) return atSource
  const { error } = finished
  return error.code === 'libvirt' && error.said?.code !== finishOk ? error : atSource
}
