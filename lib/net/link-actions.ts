import type { NetworkState } from '../contract/network.ts'
import { configOf, type LinkAction, type LinkState } from './link-form.ts'
import type { Sentence } from './sentences.ts'

/** Why something can't be done with a link now: a sentence of the planner, or one of the page's own with its values. */
export type Reason =
  | { kind: 'sentence'; sentence: Omit<Sentence, 'code'> & { code: string } }
  | { kind: 'text'; text: string }
  | { kind: 'port'; port: string; master: string }
  | { kind: 'no-filtering'; bridge: string }
  | { kind: 'pending' }
  | { kind: 'away' }

export interface Offer {
  action: LinkAction
  /** Null: it can be done. */
  reason: Reason | null
}

/**
 * What a link can be asked, in the order people need it; what makes no sense for its kind is left out.
 * @param general why nothing at all can be changed on this host, or null
 */
export function offersOf(link: LinkState, state: NetworkState, general: Reason | null): Offer[] {
  const config = configOf(link)
  const { master } = link.actual ?? config
  const masterLink = state.links.find(({ name }) => name === master)
  const isInBridge = masterLink !== undefined && configOf(masterLink).kind === 'bridge'
  const isPort: Reason | null = master === null ? null : { kind: 'port', port: link.name, master }
  const own: Reason | null = general ?? (link.readOnly === null ? null : { kind: 'sentence', sentence: link.readOnly })
  const offer = (action: LinkAction, reason: Reason | null = null): Offer => ({ action, reason: own ?? reason })
  const drift = state.drift.filter((one) => one.link === link.name)
  const offers: Offer[] = []

  if (config.kind !== 'bridge') offers.push(offer('bridge', isPort))
  if (config.kind === 'bridge' || config.kind === 'bond') offers.push(offer('attach'))
  else if (master === null) offers.push(offer('attach'))
  if (master !== null) offers.push(offer('detach'))
  if (config.kind !== 'vlan') offers.push(offer('vlan', isPort))
  offers.push(offer('addresses', isPort), offer('edit'), offer('mtu'))
  if (isInBridge && masterLink !== undefined) {
    const filters = (masterLink.actual ?? configOf(masterLink)).bridge?.vlanFiltering === true
    offers.push(offer('port-vlans', filters ? null : { kind: 'no-filtering', bridge: masterLink.name }))
  }
  if (drift.some(({ canAdopt }) => canAdopt)) offers.push(offer('adopt'))
  if (drift.some(({ canReconcile }) => canReconcile)) offers.push(offer('reconcile'))
  if (config.kind !== 'nic') offers.push(offer('delete'))
  return offers
}

/** Why nothing can be changed on this host. @param role the sentence for whoever may not, or null */
export function generalReason(state: NetworkState, role: string | null, isUp: boolean): Reason | null {
  if (role !== null) return { kind: 'text', text: role }
  if (!isUp) return { kind: 'away' }
  if (state.readOnly !== null) return { kind: 'sentence', sentence: state.readOnly }
  return state.pendingChange === null ? null : { kind: 'pending' }
}
