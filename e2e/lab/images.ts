import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { expectOk, script } from './process.ts'

const ROOTFS_SOURCES = ['build-rootfs.sh', 'furnish-rootfs.sh', 'host-packages']

const GUEST_SOURCES = ['build-guest.sh', 'guest-init.sh', 'guest-modules', 'guest-cmdline']

export type Layer = 'rootfs' | 'ifupdown2' | 'guest' | 'machine'

export function cacheDir(): string {
  const set = process.env['DRAWBRIDGE_LAB_CACHE']
  if (set !== undefined && set !== '') return set
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'drawbridge-lab')
}

/** What a layer is made from decides its name, so a changed script or package list is a new layer, not a stale one. */
function layerPath(layer: Layer): string {
  const sources: Record<Layer, string[]> = {
    rootfs: ROOTFS_SOURCES,
    ifupdown2: [...ROOTFS_SOURCES, 'build-ifupdown2.sh'],
    guest: GUEST_SOURCES,
    machine: [
      ...ROOTFS_SOURCES,
      ...GUEST_SOURCES,
      'build-machine.sh',
      'machine-packages',
      'machine-init.sh',
      'machine-agent.pl',
      'machine-agent.service',
    ],
  }
  const hash = createHash('sha256')
  for (const name of sources[layer]) hash.update(readFileSync(script(name)))
  return join(cacheDir(), `${layer}-${hash.digest('hex').slice(0, 12)}`)
}

const underway = new Map<Layer, Promise<string>>()

/** The layer's directory, built now if the cache has none. Whoever comes second waits for the first one's. */
export function ensureLayer(layer: Layer, say: (line: string) => void): Promise<string> {
  const known = underway.get(layer)
  if (known !== undefined) return known
  const building = buildLayer(layer, say)
  underway.set(layer, building)
  // A build that failed may well succeed later: a mirror was away, a disk full.
  building.catch(() => underway.delete(layer))
  return building
}

async function buildLayer(layer: Layer, say: (line: string) => void): Promise<string> {
  const path = layerPath(layer)
  if (existsSync(path)) return path
  mkdirSync(cacheDir(), { recursive: true })
  const args = layer === 'ifupdown2' || layer === 'machine' ? [await ensureLayer('rootfs', say)] : []
  if (layer === 'machine') args.push(await ensureLayer('guest', say))
  say(`building ${layer} (once; kept in ${cacheDir()})`)
  await expectOk(['flock', `${path}.lock`, script('build-once.sh'), path, script(`build-${layer}.sh`), ...args])
  return path
}
