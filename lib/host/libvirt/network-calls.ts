import type { NamedRef } from './calls.ts'
import type { Call } from './client.ts'
import { XdrWriter, type XdrReader } from './wire.ts'

/** Procedures for virtual networks, numbered as in libvirt's remote_protocol.x; see calls.ts. */

const nothing = (): void => {}
const named = ({ name, uuid }: NamedRef): XdrWriter => new XdrWriter().string(name).uuid(uuid)
const yes = (reader: XdrReader): boolean => reader.int() !== 0

/** The definition, which counts from the next start on; fails for a network that has none. */
export const networkDefinitionXml = (ref: NamedRef): Call<string> => ({
  procedure: 43,
  // VIR_NETWORK_XML_INACTIVE
  body: named(ref).uint(1).bytes(),
  read: (reader) => reader.string(),
})
export const defineNetwork = (xml: string): Call<NamedRef> => ({
  procedure: 41,
  body: new XdrWriter().string(xml).bytes(),
  read: (reader) => ({ name: reader.string(), uuid: reader.uuid() }),
})
export const startNetwork = (ref: NamedRef): Call<void> => ({ procedure: 39, body: named(ref).bytes(), read: nothing })
export const stopNetwork = (ref: NamedRef): Call<void> => ({ procedure: 42, body: named(ref).bytes(), read: nothing })
export const undefineNetwork = (ref: NamedRef): Call<void> => ({
  procedure: 49,
  body: named(ref).bytes(),
  read: nothing,
})
export const setNetworkAutostart = (ref: NamedRef, autostart: boolean): Call<void> => ({
  procedure: 48,
  body: named(ref)
    .int(autostart ? 1 : 0)
    .bytes(),
  read: nothing,
})
export const networkIsPersistent = (ref: NamedRef): Call<boolean> => ({
  procedure: 153,
  body: named(ref).bytes(),
  read: yes,
})

export interface WireLease {
  /** Seconds since 1970; 0 never ends. */
  expirySeconds: number
  mac: string | null
  address: string
  prefix: number
  hostname: string | null
  clientId: string | null
}

const maxLeases = 65_536

/** What the network's own DHCP gave out. */
export const networkLeases = (ref: NamedRef): Call<WireLease[]> => ({
  procedure: 341,
  // No MAC: of all; then "results, please", then flags.
  body: named(ref).optionalString(null).int(1).uint(0).bytes(),
  read: (reader) =>
    reader.list(maxLeases, () => {
      reader.string()
      const expirySeconds = reader.hyper()
      reader.int()
      const mac = reader.optionalString()
      reader.optionalString()
      const address = reader.string()
      const prefix = reader.uint()
      const hostname = reader.optionalString()
      return { expirySeconds, mac, address, prefix, hostname, clientId: reader.optionalString() }
    }),
})

/** virNetworkUpdateCommand and virNetworkUpdateSection */
export const networkUpdateCommand = { modify: 1, delete: 2, addLast: 3 } as const
export const networkUpdateSection = { dhcpRange: 3, dhcpHost: 4 } as const

export interface NetworkUpdate {
  command: keyof typeof networkUpdateCommand
  section: keyof typeof networkUpdateSection
  /** Which `<ip>` of the network. */
  ipIndex: number
  xml: string
}

/**
 * Changes a network while it runs, not its definition.
 * @param inOrder false for a libvirt before 7.2, which takes command and section the other way round
 */
export const updateNetwork = (ref: NamedRef, update: NetworkUpdate, inOrder: boolean): Call<void> => {
  const pair = [networkUpdateCommand[update.command], networkUpdateSection[update.section]] as const
  const [first, second] = inOrder ? pair : [pair[1], pair[0]]
  // VIR_NETWORK_UPDATE_AFFECT_LIVE
  const body = named(ref).uint(first).uint(second).int(update.ipIndex).string(update.xml).uint(1).bytes()
  return { procedure: 291, body, read: nothing }
}

/** VIR_DRV_FEATURE_NETWORK_UPDATE_HAS_CORRECT_ORDER */
export const updatesInOrder = (): Call<boolean> => ({
  procedure: 60,
  body: new XdrWriter().int(16).bytes(),
  read: yes,
})
