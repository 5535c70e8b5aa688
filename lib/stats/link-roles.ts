import type { HostFacts } from '../facts/facts.ts'

/** What the counters alone do not tell of a host's links. */
export interface LinkRoles {
  /** By name: is it a tap? Absent when the facts do not know the link yet. */
  taps: ReadonlyMap<string, boolean>
  /** Names of the links that lead out of the host. */
  uplinks: ReadonlySet<string>
}

export const unknownRoles: LinkRoles = { taps: new Map(), uplinks: new Set() }

/** A machine's NICs; in a container they are veths. */
export function linkRolesOf({ network }: Pick<HostFacts, 'network'>): LinkRoles {
  const { links, managementPath } = network
  const physical = links.filter(({ kind }) => kind === 'physical' || kind === 'virtio' || kind === 'wireless')
  const inContainer = links.filter(
    ({ kind, lower, name }) => kind === 'veth' && lower === null && !name.startsWith('veth'),
  )
  const uplinks = (physical.length > 0 ? physical : inContainer).map(({ name }) => name)
  const bottom = managementPath?.links.at(-1)
  return {
    taps: new Map(links.map(({ name, kind }) => [name, kind === 'tap'])),
    uplinks: new Set(uplinks.length > 0 ? uplinks : bottom === undefined ? [] : [bottom]),
  }
}

/**
 * Is what the host receives on this link what a guest sends? So it is with a tap. A macvtap counts as the guest does.
 * A link that came after the facts were read is judged by the name that libvirt (vnet) and others (tap) give.
 */
export const isTap = (roles: LinkRoles, name: string): boolean =>
  roles.taps.get(name) ?? (name.startsWith('vnet') || name.startsWith('tap'))
