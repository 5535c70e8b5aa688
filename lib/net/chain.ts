import type { Draft } from './draft.ts'

/** All links between the adapters and the VMs that must agree on an MTU with this one, below before above, and the taps on top. */
export function chainOf(draft: Draft, from: string): { links: string[]; taps: string[] } {
  const all = draft.all()
  const members = new Set<string>()
  const visit = (name: string): void => {
    const link = all.get(name)
    if (link === undefined || members.has(name)) return
    members.add(name)
    if (link.master !== null) visit(link.master)
    // A VLAN's parent carries it; the parent's other VLANs have MTUs of their own.
    if (link.vlan !== null) visit(link.vlan.parent)
    for (const other of all.values()) if (other.master === name) visit(other.name)
  }
  visit(from)
  // Files may say anything, a circle too.
  const depth = (name: string, left = 8): number => {
    const link = all.get(name)
    if (link === undefined || left === 0) return 0
    const below = [
      ...(link.vlan === null ? [] : [link.vlan.parent]),
      ...[...all.values()].filter(({ master }) => master === name).map((port) => port.name),
    ]
    return below.length === 0 ? 0 : 1 + Math.max(...below.map((lower) => depth(lower, left - 1)))
  }
  const links = [...members].sort((one, other) => depth(one) - depth(other) || (one < other ? -1 : 1))
  const taps = [...draft.state.links.values()]
    .filter(({ kind, master }) => kind === 'tap' && master !== null && members.has(master))
    .map(({ name }) => name)
  return { links, taps }
}
