import type { MigrationSituation, MigrationVerdict, Say } from './migration-check.ts'

const sharedFileSystems = /^(nfs|ceph|cifs|smb|gfs|ocfs2|gpfs|lustre|fuseblk|fuse)/i

const roleWords = { kernel: 'the kernel file', firmware: 'the firmware', iso: 'the image' } as const

/** Files that are only read must be at the target. */
export function checkFiles({ needs, target, atTarget }: MigrationSituation, say: Say) {
  for (const { role, path } of needs.files)
    if (atTarget.get(path) === null)
      say(
        role === 'iso' ? 'iso' : 'file',
        'missing',
        `${target.name} does not have ${roleWords[role]} ${path}. ${role === 'iso' ? 'Eject it, or copy it there.' : 'Copy it there.'}`,
      )
}

/** Written disks are on shared storage, or are copied to where nothing is yet. */
export function checkDisks(
  { needs, source, target, atSource, atTarget, isRunning, diskBytes }: MigrationSituation,
  say: Say,
): Pick<MigrationVerdict, 'storage' | 'copiedDisks'> {
  const local = needs.disks.filter(({ path, kind }) => kind !== 'network' && !isShared(path, { atSource, atTarget }))
  if (needs.disks.length === 0) return { storage: 'none', copiedDisks: [] }
  if (local.length === 0) {
    say('storage', 'ok', 'Both hosts have its disks on shared storage.')
    return { storage: 'shared', copiedDisks: [] }
  }
  const names = local.map(({ target: disk }) => disk).join(', ')
  if (!isRunning) {
    say(
      'storage',
      'missing',
      `The disks of a VM that is off are not copied, and ${names} lies on ${source.name} alone. Start it first, or put it on shared storage.`,
    )
    return { storage: 'copied', copiedDisks: [] }
  }
  const missing: string[] = []
  const wanted = new Map<string, number>()
  for (const { target: disk, path, kind } of local) {
    if (path === null || kind !== 'file') {
      missing.push(`${disk} is no file, and only files are copied. Put it on shared storage.`)
      continue
    }
    if (atTarget.get(path) === undefined)
      missing.push(`Whether ${target.name} has a file ${path} already could not be seen. Look at its permissions.`)
    else if (atTarget.get(path) !== null)
      missing.push(`${target.name} has a file ${path} already, which would be overwritten. Move it away first.`)
    const folder = path.slice(0, path.lastIndexOf('/'))
    const pool = target.facts.storagePools.find((one) => one.active && one.path === folder)
    if (pool === undefined)
      missing.push(`${target.name} has no storage pool over ${folder} that ${disk} could be copied into. Make one.`)
    else wanted.set(pool.name, (wanted.get(pool.name) ?? 0) + (diskBytes.get(disk) ?? 0))
  }
  for (const [pool, bytes] of wanted) {
    const free = target.facts.storagePools.find(({ name }) => name === pool)?.availableBytes ?? null
    if (free !== null && free < bytes)
      missing.push(
        `The pool ${pool} on ${target.name} has ${Math.ceil((bytes - free) / 1024 ** 2)} MiB too little room.`,
      )
  }
  for (const text of missing) say('storage', 'missing', text)
  if (missing.length === 0)
    say('storage', 'ok', `${names} is copied to ${target.name} while the VM runs, and stays on ${source.name}.`)
  return { storage: 'copied', copiedDisks: local.map(({ target: disk }) => disk) }
}

function isShared(
  path: string | null,
  { atSource, atTarget }: Pick<MigrationSituation, 'atSource' | 'atTarget'>,
): boolean {
  if (path === null) return false
  const [here, there] = [atSource.get(path), atTarget.get(path)]
  if (here === null || here === undefined || there === null || there === undefined) return false
  return sharedFileSystems.test(here.fileSystem) && sharedFileSystems.test(there.fileSystem)
}
