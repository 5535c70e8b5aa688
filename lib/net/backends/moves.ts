import type { LinkChange } from '../back-end.ts'
import type { LinkConfig } from '../model.ts'

const addressed = (link: LinkConfig | null): link is LinkConfig =>
  link !== null && (link.ipv4.kind !== 'none' || link.ipv6.kind !== 'none')

/** Who hands its addressing to whom: a port to its bridge or bond, a parent to its VLAN, or back. */
export function movesOf(changes: readonly LinkChange[]): { giver: LinkConfig; taker: LinkConfig }[] {
  const old = changes.flatMap(({ before }) => before ?? [])
  const made = changes.flatMap(({ after }) => after ?? [])
  return changes.flatMap(({ name, before: giver, after: kept }) => {
    if (!addressed(giver) || addressed(kept)) return []
    const taker = made.find(
      (link) =>
        link.name !== name &&
        addressed(link) &&
        sharesAny(giver, link) &&
        (standsOn(made, link.name, name) || standsOn(old, name, link.name)),
    )
    return taker === undefined ? [] : [{ giver, taker }]
  })
}

/** Whether a link has another beneath it, at any depth. */
function standsOn(links: readonly LinkConfig[], upper: string, lower: string, depth = 0): boolean {
  const below = links.filter((link) => link.master === upper).map(({ name }) => name)
  const parent = links.find(({ name }) => name === upper)?.vlan?.parent
  return [...below, ...(parent === undefined ? [] : [parent])].some(
    (name) => name === lower || (depth < 8 && standsOn(links, name, lower, depth + 1)),
  )
}

function sharesAny(giver: LinkConfig, taker: LinkConfig): boolean {
  if (giver.ipv4.kind === 'dhcp' && taker.ipv4.kind === 'dhcp') return true
  if (['auto', 'dhcp'].includes(giver.ipv6.kind) && giver.ipv6.kind === taker.ipv6.kind) return true
  const of = ({ ipv4, ipv6 }: LinkConfig) => [
    ...(ipv4.kind === 'none' ? [] : ipv4.addresses),
    ...(ipv6.kind === 'none' ? [] : ipv6.addresses),
  ]
  return of(giver).some((cidr) => of(taker).includes(cidr))
}
