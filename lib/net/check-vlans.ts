import { fieldOf } from './check.ts'
import type { Draft } from './draft.ts'
import type { LinkConfig } from './model.ts'
import { say } from './sentences.ts'

const isVlan = (id: number): boolean => Number.isInteger(id) && id >= 1 && id <= 4094

export function checkVlans(draft: Draft, changed: LinkConfig[], all: ReadonlyMap<string, LinkConfig>): void {
  const management = managementVlan(draft)
  for (const link of changed) {
    const { vlan } = link
    if (vlan !== null) {
      const twin = [...all.values()].find(
        (other) => other.name !== link.name && other.vlan?.parent === vlan.parent && other.vlan.id === vlan.id,
      )
      if (!isVlan(vlan.id)) draft.refuse(fieldOf(draft, link.name, 'id'), say('refuse.vlan-id'))
      else if (twin !== undefined)
        draft.refuse(
          fieldOf(draft, link.name, 'id'),
          say('refuse.vlan-taken', { parent: vlan.parent, id: vlan.id, link: twin.name }),
        )
    }
    const { port } = link
    if (port !== null) {
      const ids = [...port.untagged, ...port.tagged, ...(port.pvid === null ? [] : [port.pvid])]
      if (!ids.every(isVlan)) draft.refuse(fieldOf(draft, link.name, 'vlans'), say('refuse.vlan-id'))
      if (management !== null && management.port === link.name && !carries(port, management.id))
        draft.refuse(fieldOf(draft, link.name, 'vlans'), say('refuse.vlan-management', { id: management.id }))
    }
  }
}

const carries = (port: NonNullable<LinkConfig['port']>, id: number): boolean =>
  port.tagged.includes(id) || (port.untagged.includes(id) && port.pvid === id)

/**
 * The VLAN of the bridge by which Drawbridge comes in, and the port it comes in by: the bridge's own address is in its
 * PVID, that of a VLAN on top of the bridge in that one's.
 */
function managementVlan(draft: Draft): { port: string; id: number } | null {
  const path = draft.state.raw.facts.network.managementPath?.links ?? []
  const at = path.findIndex((name) => draft.state.links.get(name)?.bridge?.vlanFiltering === true)
  const bridge = draft.state.links.get(path[at] ?? '')
  const port = path[at + 1]
  if (bridge === undefined || port === undefined) return null
  const above = at > 0 ? draft.state.links.get(path[at - 1] ?? '')?.vlan : null
  return { port, id: above?.id ?? bridge.bridge?.defaultPvid ?? 1 }
}
