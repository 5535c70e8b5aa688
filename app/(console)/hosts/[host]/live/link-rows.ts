import type { HostFacts, LinkFacts } from '@/lib/facts/facts.ts'
import { layerOf, layers } from '@/lib/facts/topology.ts'
import type { Figures } from '@/lib/stats/live-protocol.ts'
import type { HostView, Series } from '@/lib/wire/host-view.ts'

/** What a person looks for; the kernel's many kinds come down to these. */
export const linkGroups = [...layers, 'other'] as const

export interface LinkRow {
  name: string
  group: (typeof linkGroups)[number]
  /** The VM behind a tap. */
  vm: string | null
  management: boolean
  state: 'up' | 'no-carrier' | 'down' | 'unknown'
  speedMbps: number | null
  figures: Figures
  drops: number | null
  errors: number | null
  history: { rx: Series; tx: Series }
}

const unknown: Figures = [null, null, null, null, null, null, null, null]
const nothing: Series = []

/** Every link that the facts or the stream know, with what both say of it. */
export function linkRows(facts: HostFacts | null, view: HostView | null): LinkRow[] {
  const known = new Map(facts?.network.links.map((link) => [link.name, link]))
  const management = new Set(facts?.network.managementPath?.links)
  const place = new Map(view?.links.map((name, row) => [name, row]))
  const names = new Set([...known.keys(), ...place.keys()])
  names.delete('lo')
  return [...names].map((name) => {
    const link = known.get(name)
    const row = place.get(name) ?? -1
    const figures = view?.rows[row] ?? unknown
    return {
      name,
      group: groupOf(name, link),
      vm: link?.vm?.domain ?? null,
      management: management.has(name),
      state: stateOf(link),
      speedMbps: link?.speedMbps ?? null,
      figures,
      drops: sum(figures[4], figures[5]),
      errors: sum(figures[6], figures[7]),
      history: { rx: view?.history.rx[row] ?? nothing, tx: view?.history.tx[row] ?? nothing },
    }
  })
}

/** A tap that is newer than the facts is known by its name. */
function groupOf(name: string, link: LinkFacts | undefined): LinkRow['group'] {
  if (link === undefined) return name.startsWith('vnet') ? 'vm' : 'other'
  return layerOf(link) ?? 'other'
}

function stateOf(link: LinkFacts | undefined): LinkRow['state'] {
  if (link === undefined) return 'unknown'
  if (!link.up) return 'down'
  return link.carrier === false ? 'no-carrier' : 'up'
}

const sum = (a: number | null, b: number | null): number | null =>
  a === null && b === null ? null : (a ?? 0) + (b ?? 0)
