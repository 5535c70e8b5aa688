import { parseAddress } from '../names.ts'
import { canonicalKey, type Line, type Option, type Stanza } from '../text/interfaces.ts'
import { addressesOf } from './ifupdown-read.ts'
import type { InterfacesFiles, PlacedStanza } from './ifupdown-files.ts'
import type { LinkConfig } from '../model.ts'

type Family = 'inet' | 'inet6'

/** One stanza as it is to be. */
interface Wanted {
  method: 'static' | 'dhcp' | 'auto'
  addresses: string[]
  gateway: string | null
  metric: number | null
  client: string | null
  /** With static addresses and router advertisements together. */
  autoconf: boolean
}

const blank = { addresses: [], gateway: null, metric: null, client: null, autoconf: false }

/** What belongs to one method and makes no sense with another. */
const methodKeys = {
  inet: ['client', 'hostname', 'leasehours', 'leasetime', 'vendor', 'scope'],
  inet6: ['accept-ra', 'autoconf', 'dad-attempts', 'dad-interval', 'preferred-lifetime', 'privext', 'scope'],
} as const

/** Makes the stanzas of a link say its addressing of one family. */
export function writeAddresses(
  files: InterfacesFiles,
  link: string,
  family: Family,
  before: LinkConfig | null,
  after: LinkConfig,
): void {
  const two = files.dialect === 'ifupdown2'
  const wanted = family === 'inet' ? wanted4(after.ipv4, two) : wanted6(after.ipv6, two)
  const placed = files.of(link)
  const own = placed.filter(({ stanza }) => stanza.family === family)
  const guests = two
    ? placed.filter(
        ({ stanza }) => stanza.family !== family && addressesOf(stanza).some((address) => address.family === family),
      )
    : []
  const plain = wanted.length === 1 && wanted[0]?.method === 'static'
  const slots = plain && guests.length > 0 ? guests : own
  const autoBefore = before !== null && before.ipv6.kind === 'auto'
  for (const slot of guests) if (slots !== guests) setAddresses(files, slot, family, null, false)
  for (const [at, one] of wanted.entries()) {
    const slot = slots[at] ?? behind(files, link, family, one.method)
    const fresh = slot.stanza.method !== one.method || slots[at] === undefined || (family === 'inet6' && autoBefore)
    if (slots !== guests) slot.text.setHeader(slot.stanza, family, one.method)
    setAddresses(files, slot, family, one, fresh)
  }
  for (const [at, slot] of slots.entries()) {
    if (at < wanted.length) continue
    setAddresses(files, slot, family, null, true)
    if (slots === guests) continue
    const first = files.of(link)[0]?.stanza.header === slot.stanza.header
    if (first || slot.stanza.options.length > 0) slot.text.setHeader(slot.stanza, family, 'manual')
    else slot.text.removeStanza(slot.stanza)
  }
}

function behind(files: InterfacesFiles, link: string, family: Family, method: string): PlacedStanza {
  const last = files.of(link).at(-1)
  if (last === undefined) throw new Error(`${link} has no stanza yet`)
  return { path: last.path, text: last.text, stanza: last.text.addStanza(link, family, method, false, last.stanza) }
}

function wanted4(ipv4: LinkConfig['ipv4'], two: boolean): Wanted[] {
  if (ipv4.kind === 'none') return []
  if (ipv4.kind === 'static') return statics(ipv4.addresses, ipv4.gateway, ipv4.metric, two)
  // These two name a kind of identifier; ifupdown's option takes the identifier itself.
  const client = ipv4.clientId === 'mac' || ipv4.clientId === 'duid' ? null : ipv4.clientId
  return [{ ...blank, method: 'dhcp', metric: ipv4.metric, client }, ...statics(ipv4.addresses, null, null, two)]
}

function wanted6(ipv6: LinkConfig['ipv6'], two: boolean): Wanted[] {
  if (ipv6.kind === 'none') return []
  if (ipv6.kind === 'static') return statics(ipv6.addresses, ipv6.gateway, ipv6.metric, two)
  if (ipv6.kind === 'dhcp') return [{ ...blank, method: 'dhcp' }, ...statics(ipv6.addresses, null, null, two)]
  if (ipv6.addresses.length === 0 || two) return [{ ...blank, method: 'auto', addresses: ipv6.addresses }]
  return statics(ipv6.addresses, null, null, two).map((one) => ({ ...one, autoconf: true }))
}

function statics(addresses: string[], gateway: string | null, metric: number | null, two: boolean): Wanted[] {
  const [first, ...more] = two ? [addresses] : addresses.map((address) => [address])
  if (first === undefined || first.length === 0) return []
  return [
    { ...blank, method: 'static', addresses: first, gateway, metric },
    ...more.map((some) => ({ ...blank, method: 'static' as const, addresses: some })),
  ]
}

/** `fresh`: the stanza had another method, so what belonged to that goes. `one` null: nothing of this family stays. */
function setAddresses(
  files: InterfacesFiles,
  { text, stanza }: PlacedStanza,
  family: Family,
  one: Wanted | null,
  fresh: boolean,
): void {
  const addresses = one?.addresses ?? []
  const ids = idsOf(stanza, family, addresses)
  const keys: readonly string[] = fresh ? methodKeys[family] : []
  const mixed = stanza.family !== family || addressesOf(stanza).some((address) => address.family !== family)
  const idOf = (line: Line): string | null => {
    const key = canonicalKey(line.key)
    if (key === 'gateway') {
      const gateway = parseAddress(line.value)
      return gateway === null || gateway.family === family ? `gateway ${gateway?.text ?? ''}` : null
    }
    if (key === 'metric') return mixed && one === null ? null : `metric ${line.value}`
    if (key === 'client' || keys.includes(key)) return mixed ? null : `${key} ${line.value}`
    return ids.get(line) ?? null
  }
  const radv: Option[] =
    family === 'inet' || files.dialect === 'ifupdown2' || !fresh || one?.method !== 'static'
      ? []
      : one.autoconf
        ? [option('accept_ra', '2'), option('autoconf', '1')]
        : [option('accept_ra', '0')]
  text.setOptions(stanza, idOf, [
    ...addresses.map((address) => option('address', address)),
    ...(one === null || one.gateway === null ? [] : [option('gateway', one.gateway)]),
    ...(one === null || one.metric === null ? [] : [option('metric', String(one.metric))]),
    ...(one === null || one.client === null ? [] : [option('client', one.client)]),
    ...radv,
  ])
}

const option = (key: string, value: string): Option => ({ id: `${canonicalKey(key)} ${value}`, key, value })

/** Lines of addresses with their netmasks; a netmask whose address stays stays with it. */
function idsOf(stanza: Stanza, family: Family, wanted: readonly string[]): Map<Line, string> {
  const all = addressesOf(stanza)
  const kept = all.flatMap(({ cidr }) => (cidr !== null && wanted.includes(cidr) ? [cidr] : []))
  // New ones go behind those that stay; if that is not the order wanted, all are written anew.
  const inOrder = wanted.every((address, at) => at >= kept.length || address === kept[at])
  const ids = new Map<Line, string>()
  let stays = true
  for (const line of stanza.options) {
    const key = canonicalKey(line.key)
    const address = all.find((one) => one.line === line)
    if (address !== undefined) {
      const mine = address.family === family
      const written = address.cidr !== null && inOrder && wanted.includes(address.cidr)
      stays = !mine || written
      if (mine) ids.set(line, written ? `address ${address.cidr}` : 'gone')
    } else if (['netmask', 'network', 'broadcast'].includes(key)) {
      const only = all.length === 1 && all[0] !== undefined && all[0].family === family
      const owner = only && all[0]?.cidr !== null && inOrder && wanted.includes(all[0]?.cidr ?? '')
      if (only ? !owner : !stays) ids.set(line, 'gone')
    }
  }
  return ids
}
