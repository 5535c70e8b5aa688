import { say } from '../sentences.ts'
import type { LinkConfig } from '../model.ts'
import type { SectionText } from '../text/sections.ts'
import { Refused, type NetplanDraft } from './netplan-draft.ts'
import { clientIdEntries } from './networkd-client-id.ts'
import { clientIdOf } from './proof.ts'
import { writePort } from './networkd-network.ts'
import { portOf } from './networkd-read.ts'

/** What netplan has no words for is said to networkd directly, in drop-ins to what netplan generates. */
export function writeDropIns(draft: NetplanDraft, link: LinkConfig): void {
  const { id } = draft.of(link.name)
  draft.editDropIn(id, 'netdev', (text) => {
    if (link.bridge === null) return
    const { vlanFiltering, defaultPvid, multicastSnooping } = link.bridge
    put(text, 'Bridge', 'VLANFiltering', yesNo(vlanFiltering))
    put(text, 'Bridge', 'DefaultPVID', defaultPvid === 0 ? 'none' : defaultPvid === null ? null : String(defaultPvid))
    put(text, 'Bridge', 'MulticastSnooping', yesNo(multicastSnooping))
  })
  const clientId = link.ipv4.kind === 'dhcp' ? clientIdOf(link.ipv4.clientId, link.mac) : null
  const entries = clientIdEntries(clientId === 'mac' || clientId === 'duid' ? null : clientId)
  if (entries === null)
    throw new Refused(say('refuse.not-expressible', { tool: 'netplan', what: `DHCP client identifier ${clientId}` }))
  draft.editDropIn(id, 'network', (text) => {
    for (const [key, value] of Object.entries(entries)) put(text, 'DHCPv4', key, value)
    writePort(text, link, portOf(text.sections))
  })
}

const yesNo = (value: boolean | null): string | null => (value === null ? null : value ? 'yes' : 'no')

function put(text: SectionText, section: string, key: string, value: string | null): void {
  if (value !== null) text.set(section, key, value)
  else {
    text.remove(section, key)
    if (text.sections.some(({ name, entries }) => name === section && entries.length === 0))
      text.removeSection(section, 0)
  }
}
