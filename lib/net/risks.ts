import type { Draft } from './draft.ts'
import { vmsOn } from './known.ts'
import { say, type Sentence } from './sentences.ts'

export interface Risk {
  severity: 'note' | 'warning' | 'danger'
  sentence: Sentence
}

/** What may go wrong although nothing is wrong. */
export function risksOf(
  draft: Draft,
  severing: boolean,
  outageMs: readonly [number, number],
  vms: readonly string[],
): Risk[] {
  const risks: Risk[] = []
  const add = (severity: Risk['severity'], sentence: Sentence) => risks.push({ severity, sentence })
  const { brNetfilter, firewall, forwarding } = draft.state.raw.facts.network
  const changed = [...draft.links.values()].filter((link) => link !== null)
  if (severing) add('danger', say('risk.management'))
  if (outageMs[1] > 0) add('note', say('risk.outage', { least: outageMs[0], most: outageMs[1] }))
  if (vms.length > 0 && outageMs[1] > 0) add('warning', say('risk.running-vms', { vms: vms.slice(0, 8).join(', ') }))
  for (const link of changed) {
    const before = draft.before(link.name)
    if (link.bridge?.stp === true && before?.bridge?.stp !== true) {
      add('warning', say('risk.stp', { seconds: 2 * (link.bridge.forwardDelaySeconds ?? 15) }))
      add('warning', say('risk.bpdu-guard'))
    }
    if (link.ipv4.kind === 'dhcp' && before?.ipv4.kind !== 'dhcp') {
      const moved = draft.moves.some(({ to }) => to === link.name)
      if (!moved || link.ipv4.clientId === null) add('note', say(moved ? 'risk.dhcp-identity' : 'risk.dhcp'))
    }
    if (link.ipv6.kind === 'auto' && forwarding.ipv6 === true) add('warning', say('risk.forwarding6'))
    if (link.bond?.mode === '802.3ad' && before?.bond?.mode !== '802.3ad') add('warning', say('risk.lacp'))
    if (link.vlan !== null && before === null) add('note', say('risk.switch-vlan'))
    if (link.mtu !== null && link.mtu > 1500 && link.mtu !== before?.mtu && link.kind === 'nic')
      add('note', say('risk.mtu-path', { mtu: link.mtu }))
    const fact = draft.state.links.get(link.name)
    if (link.kind === 'nic' && link.master !== null && link.master !== before?.master && fact?.carrier === false)
      add('warning', say('risk.no-carrier', { link: link.name }))
  }
  const gainsPorts = changed.some((link) => link.master !== null && draft.before(link.name)?.master !== link.master)
  if (gainsPorts && brNetfilter.loaded) {
    if (brNetfilter.ipv4 === true && firewall.forwardDropIpv4 === true) add('warning', say('risk.br-netfilter4'))
    if (brNetfilter.ipv6 === true && firewall.forwardDropIpv6 === true) add('warning', say('risk.br-netfilter6'))
  }
  if (draft.tapMtus.length > 0) {
    const guests = [...new Set(draft.tapMtus.flatMap(({ tap }) => draft.state.links.get(tap)?.vm?.domain ?? []))]
    add('note', say('risk.mtu-guests', { vms: guests.slice(0, 8).join(', ') }))
  }
  const seen = new Set<string>()
  return risks.filter(({ sentence: { text } }) => !seen.has(text) && seen.add(text))
}

/** VMs that hang on the links concerned. */
export const concernedVms = (draft: Draft): string[] =>
  [...new Set([...draft.links.keys()].flatMap((name) => vmsOn(draft.state, name)))].sort()
