import { fieldOf } from './check.ts'
import type { Draft } from './draft.ts'
import type { LinkConfig } from './model.ts'
import { say } from './sentences.ts'

const smallestForIpv6 = 1280

export function checkMtus(draft: Draft, changed: LinkConfig[], all: ReadonlyMap<string, LinkConfig>): void {
  const mtuOf = (link: LinkConfig | undefined): number | null =>
    link === undefined ? null : (link.mtu ?? draft.state.links.get(link.name)?.mtu ?? 1500)
  for (const link of changed) {
    const field = fieldOf(draft, link.name, 'mtu')
    const { mtu, name } = link
    if (mtu !== null) {
      const fact = draft.state.links.get(name)
      const max = fact?.maxMtu ?? 65_535
      const min = fact?.minMtu ?? 68
      if (mtu > max) draft.refuse(field, say('refuse.mtu', { mtu, link: name, max }))
      else if (!Number.isInteger(mtu) || mtu < min) draft.refuse(field, say('refuse.mtu-low', { mtu, link: name, min }))
      else if (mtu < smallestForIpv6 && link.ipv6.kind !== 'none')
        draft.refuse(field, say('refuse.mtu-ipv6', { mtu, link: name }))
    }
    const own = mtuOf(link)
    const parent = link.vlan === null ? undefined : all.get(link.vlan.parent)
    const below = mtuOf(parent)
    if (parent !== undefined && own !== null && below !== null && own > below)
      draft.refuse(field, say('refuse.mtu-chain', { upper: name, mtu: own, lower: parent.name, max: below }))
    // A bridge drops what does not fit through a port, without a word.
    if (link.kind === 'bridge' && mtu !== null)
      for (const port of [...all.values()].filter(({ master }) => master === name)) {
        const lower = mtuOf(port)
        if (lower !== null && lower < mtu)
          draft.refuse(field, say('refuse.mtu-chain', { upper: name, mtu, lower: port.name, max: lower }))
      }
  }
}
