import { lastOfDhcp } from './networkd-files.ts'
import { integerOf } from './networkd-values.ts'
import type { Section } from '../text/sections.ts'

/** RFC 3315 types in systemd's words. */
const duidTypes = ['link-layer-time', 'vendor', 'link-layer', 'uuid']
const hex = (value: number, bytes: number): string[] =>
  (
    value
      .toString(16)
      .padStart(bytes * 2, '0')
      .match(/../g) ?? []
  ).slice(-bytes)

/** The DHCPv4 client identifier as the model writes it; null when nothing is said of it. */
export function clientIdFrom(sections: readonly Section[]): string | null {
  const kind = lastOfDhcp(sections, 'ClientIdentifier')
  if (kind === 'mac' || kind === 'duid-only') return kind
  const iaid = integerOf(lastOfDhcp(sections, 'IAID'))
  const type = duidTypes.indexOf(lastOfDhcp(sections, 'DUIDType') ?? '') + 1
  const raw = lastOfDhcp(sections, 'DUIDRawData')
  if (iaid !== null && type > 0 && raw !== null)
    return ['ff', ...hex(iaid, 4), ...hex(type, 2), ...raw.toLowerCase().split(':')].join(':')
  return kind
}

/** Entries of [DHCPv4] that pin it; null when networkd cannot send such a one. */
export function clientIdEntries(clientId: string | null): Record<string, string | null> | null {
  const none = { ClientIdentifier: null, IAID: null, DUIDType: null, DUIDRawData: null }
  if (clientId === null) return none
  if (['mac', 'duid', 'duid-only'].includes(clientId)) return { ...none, ClientIdentifier: clientId }
  const bytes = clientId.toLowerCase().split(':')
  if (bytes[0] !== 'ff' || bytes.length < 8) return null
  const type = duidTypes[Number.parseInt(bytes.slice(5, 7).join(''), 16) - 1]
  if (type === undefined) return null
  return {
    ClientIdentifier: 'duid',
    IAID: String(Number.parseInt(bytes.slice(1, 5).join(''), 16)),
    DUIDType: type,
    DUIDRawData: bytes.slice(7).join(':'),
  }
}
