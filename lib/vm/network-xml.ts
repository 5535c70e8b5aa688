import type { Result } from '../kit/result.ts'
import { nameText } from '../facts/text.ts'
import { attribute, content, path, readXml } from './xml.ts'

/** What a libvirt network's XML says: its bridge, and how it forwards (`isolated` without a `<forward>`). */
export function parseNetworkXml(xml: string): Result<{ bridge: string | null; mode: string }> {
  return readXml(xml, 'network', (network) => {
    const bridge = attribute(path(network, 'bridge'), 'name')
    const forward = path(network, 'forward')
    return {
      bridge: bridge === null ? null : nameText(bridge, 32),
      mode: forward === null ? 'isolated' : nameText(attribute(forward, 'mode') ?? 'nat', 32),
    }
  })
}

/** What a storage pool's XML says: `type` is dir, logical, netfs, zfs, …; `path` is where its volumes appear. */
export function parsePoolXml(xml: string): Result<{ type: string; path: string | null }> {
  return readXml(xml, 'pool', (pool) => {
    const target = content(path(pool, 'target', 'path'))
    return {
      type: nameText(attribute(pool, 'type') ?? 'unknown', 32),
      path: target === null || target === '' ? null : nameText(target, 1024),
    }
  })
}
