import type { LinkChange } from '../back-end.ts'
import type { LinkConfig } from '../model.ts'

/**
 * The kernel gives each new port of a bridge the bridge's default VLAN, and systemd 252 takes none away: a port without
 * it can only be said by a bridge that has no default. Null when all ports are fine, else the port and why not.
 */
export function lostDefaultVlan(
  changes: readonly LinkChange[],
  links: readonly LinkConfig[],
): { link: string; reason: string } | null {
  const then = new Map(links.map((link) => [link.name, link]))
  for (const { name, after } of changes) {
    if (after === null) then.delete(name)
    else then.set(name, after)
  }
  const touched = new Set(changes.map(({ name }) => name))
  for (const { name, master, port } of then.values()) {
    const bridge = master === null ? null : (then.get(master)?.bridge ?? null)
    if (port === null || bridge === null || (!touched.has(name) && !touched.has(master ?? ''))) continue
    const id = bridge.defaultPvid ?? 1
    if (id === 0 || [...port.untagged, ...port.tagged].includes(id)) continue
    const reason = `a port without VLAN ${id}, which is the default PVID of ${master}; set that to none`
    return { link: name, reason }
  }
  return null
}
