import { nameText, wholeNumber } from '../facts/text.ts'
import type { FieldError } from '../kit/problem.ts'
import type { Result } from '../kit/result.ts'
import { appendChild, attribute, children, content, path, readXml, rewriteXml, sizeBytes } from './xml.ts'

/** The kinds Drawbridge makes; of others it shows what libvirt says. */
export const madePoolKinds = ['dir', 'logical', 'netfs', 'zfs'] as const
export type MadePoolKind = (typeof madePoolKinds)[number]

/** What a pool's XML says. Every text is a stranger's: cleaned and limited. */
export interface Pool {
  uuid: string
  name: string
  /** `dir`, `fs`, `netfs`, `logical`, `zfs`, `disk`, `iscsi`, `rbd`, … */
  kind: string
  /** Where its volumes appear. */
  path: string | null
  /** Of a share: the server. */
  host: string | null
  /** Of a share: what the server exports. */
  export: string | null
  /** Volume group, ZFS pool or dataset. */
  sourceName: string | null
  /** Block devices beneath it. */
  devices: string[]
  capacityBytes: number | null
  allocationBytes: number | null
  availableBytes: number | null
}

/** Pools whose volumes are files in a directory: what images can be put into. */
export const isFilePool = (kind: string): boolean => kind === 'dir' || kind === 'fs' || kind === 'netfs'

const short = (text: string | null, maxLength: number): string | null =>
  text === null || text === '' ? null : nameText(text, maxLength)

/** Reads a pool's XML as libvirt writes it. Errors: a sentence. */
export function parsePool(xml: string): Result<Pool> {
  return readXml(xml, 'pool', (pool) => {
    const source = path(pool, 'source')
    return {
      uuid: (content(path(pool, 'uuid')) ?? '').toLowerCase().slice(0, 36),
      name: nameText(path(pool, 'name')?.textContent ?? '', 255),
      kind: nameText(attribute(pool, 'type') ?? 'unknown', 32),
      path: short(content(path(pool, 'target', 'path')), 1024),
      host: short(attribute(path(source, 'host'), 'name'), 253),
      export: short(attribute(path(source, 'dir'), 'path'), 1024),
      sourceName: short(content(path(source, 'name')), 255),
      devices: children(source, 'device')
        .slice(0, 64)
        .map((device) => nameText(attribute(device, 'path') ?? '', 1024)),
      capacityBytes: sizeBytes(path(pool, 'capacity'), 'bytes'),
      allocationBytes: sizeBytes(path(pool, 'allocation'), 'bytes'),
      availableBytes: sizeBytes(path(pool, 'available'), 'bytes'),
    }
  })
}

/** What a new pool shall be. */
export type PoolConfig = { name: string } & (
  | { kind: 'dir'; path: string }
  /** A volume group that is there already. */
  | { kind: 'logical'; volumeGroup: string }
  /** An NFS share, mounted at `path`. */
  | { kind: 'netfs'; host: string; export: string; path: string }
  /** A ZFS pool or dataset that is there already. */
  | { kind: 'zfs'; dataset: string }
)

/** The XML of a new pool. The configuration must have been checked. */
export function buildPoolXml(config: PoolConfig): string {
  const built = rewriteXml('<pool/>', 'pool', (pool) => {
    pool.setAttribute('type', config.kind)
    appendChild(pool, 'name').textContent = config.name
    const target = (text: string) => (appendChild(appendChild(pool, 'target'), 'path').textContent = text)
    switch (config.kind) {
      case 'dir':
        target(config.path)
        break
      case 'logical': {
        const source = appendChild(pool, 'source')
        appendChild(source, 'name').textContent = config.volumeGroup
        appendChild(source, 'format', { type: 'lvm2' })
        target(`/dev/${config.volumeGroup}`)
        break
      }
      case 'netfs': {
        const source = appendChild(pool, 'source')
        appendChild(source, 'host', { name: config.host })
        appendChild(source, 'dir', { path: config.export })
        appendChild(source, 'format', { type: 'nfs' })
        target(config.path)
        break
      }
      case 'zfs':
        appendChild(appendChild(pool, 'source'), 'name').textContent = config.dataset
    }
  })
  if (!built.ok) throw new Error(built.error)
  return built.value
}

const poolName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/
const serverName = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|[0-9A-Fa-f:]{2,45})$/
// What libvirt hands to mount, vgchange and zfs must not look like an option.
const groupName = /^[A-Za-z0-9+_.][A-Za-z0-9+_.-]{0,126}$/
const datasetName = /^[A-Za-z][A-Za-z0-9_.:-]{0,99}(?:\/[A-Za-z0-9][A-Za-z0-9_.:-]{0,99}){0,8}$/

/** Places that hold the system: a pool on one of them would offer its files as disks, or hide them beneath a mount. */
const systemPlaces = ['bin', 'boot', 'dev', 'etc', 'lib', 'lib32', 'lib64', 'proc', 'root', 'run', 'sbin', 'sys', 'usr']
const wholePlaces = ['/home', '/mnt', '/media', '/opt', '/srv', '/tmp', '/var', '/var/lib', '/var/lib/libvirt']

/** What is wrong with a path of the host, or null. */
export function pathRefusal(text: string): string | null {
  // oxlint-disable-next-line no-control-regex
  if (!text.startsWith('/') || text.length > 512 || /[\u0000-\u001f\u007f]/.test(text))
    return 'Write an absolute path, e.g. /var/lib/libvirt/images.'
  if (text.split('/').some((part) => part === '..' || part === '.')) return 'The path must not have . or .. in it.'
  if (text.includes('//') || (text.length > 1 && text.endsWith('/'))) return 'Write the path without needless slashes.'
  return null
}

function placeRefusal(text: string): string | null {
  const wrong = pathRefusal(text)
  if (wrong !== null) return wrong
  const [, first = ''] = text.split('/')
  return text === '/' || wholePlaces.includes(text) || systemPlaces.includes(first)
    ? `${text} belongs to the system. Use a directory of its own, e.g. /var/lib/libvirt/images or /srv/vms.`
    : null
}

/**
 * What is wrong with a new pool, sentence by field.
 * @param others all pools of the host; offered: kinds this host’s libvirt can do
 */
export function checkPool(config: PoolConfig, others: readonly Pool[], offered: readonly string[]): FieldError[] {
  const errors: FieldError[] = []
  const wrong = (field: string, message: string) => errors.push({ field, message })
  if (!poolName.test(config.name))
    wrong('name', 'A name has letters, digits, dots, dashes and underscores, and begins with a letter or digit.')
  else if (others.some(({ name }) => name === config.name))
    wrong('name', `There is a pool called ${config.name} already. Choose another name.`)
  if (!offered.includes(config.kind))
    wrong('kind', `libvirt on this host can’t do this kind of pool (${config.kind}). Install its storage driver first.`)
  if (config.kind === 'dir' || config.kind === 'netfs') {
    const refusal = placeRefusal(config.path)
    if (refusal !== null) wrong('path', refusal)
    const same = others.find((other) => other.path === config.path)
    if (same !== undefined) wrong('path', `${config.path} is the pool ${same.name} already.`)
  }
  if (config.kind === 'netfs') {
    if (!serverName.test(config.host)) wrong('host', 'Write the server’s name or address.')
    const refusal = pathRefusal(config.export)
    if (refusal !== null) wrong('export', refusal)
  }
  if (config.kind === 'logical') {
    if (!groupName.test(config.volumeGroup) || ['.', '..'].includes(config.volumeGroup))
      wrong('volumeGroup', 'Write the name of a volume group of the host, as `vgs` shows it.')
    taken('volumeGroup', config.volumeGroup)
  }
  if (config.kind === 'zfs') {
    if (!datasetName.test(config.dataset)) wrong('dataset', 'Write a ZFS pool or dataset, e.g. tank/vms.')
    taken('dataset', config.dataset)
  }
  return errors

  function taken(field: string, source: string): void {
    const same = others.find((other) => other.kind === config.kind && other.sourceName === source)
    if (same !== undefined) wrong(field, `${source} is the pool ${same.name} already.`)
  }
}

/** The kinds of pools a libvirt can do, of `<storagepoolCapabilities>`. Errors: a sentence. */
export function parsePoolCapabilities(xml: string): Result<string[]> {
  return readXml(xml, 'storagepoolCapabilities', (root) =>
    children(root, 'pool')
      .filter((pool) => attribute(pool, 'supported') === 'yes')
      .slice(0, 64)
      .map((pool) => nameText(attribute(pool, 'type') ?? '', 32)),
  )
}

/** `df`’s bytes of one file system, from `df -B1 --output=size,avail`. */
export function parseFree(text: string): { sizeBytes: number; availableBytes: number } | null {
  const [size, available] = (text.trim().split('\n').at(-1) ?? '').trim().split(/\s+/).map(wholeNumber)
  return typeof size === 'number' && typeof available === 'number'
    ? { sizeBytes: size, availableBytes: available }
    : null
}
