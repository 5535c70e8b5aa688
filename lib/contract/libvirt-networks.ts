import * as z from 'zod'
import { managedModes, networkModes, type NetworkConfig, type NetworkIp } from '../vm/libvirt-network.ts'
import { listOf } from './page.ts'

/** `/hosts/{host}/networks`: libvirt's networks. What they must be is judged by lib/vm/network-check.ts, with sentences. */

const address = z.string().trim().max(64)
const word = z.string().trim().max(253)
/** An empty field is none. */
const optionalWord = word
  .nullable()
  .default(null)
  .transform((text) => (text === '' ? null : text))

export const dhcpRangeSchema = z.object({ start: address, end: address })
export const dhcpHostSchema = z.object({
  mac: optionalWord.transform((mac) => mac?.toLowerCase() ?? null),
  duid: optionalWord,
  name: optionalWord,
  address,
})
export const networkIpSchema = z.object({
  address,
  prefix: z.number().int(),
  ranges: z.array(dhcpRangeSchema).max(64).default([]),
  hosts: z.array(dhcpHostSchema).max(1024).default([]),
}) satisfies z.ZodType<NetworkIp>

export const networkConfigSchema = z.object({
  name: word,
  mode: z.enum(managedModes),
  bridge: optionalWord,
  uplink: optionalWord,
  mtu: z.number().int().nullable().default(null),
  domain: optionalWord,
  ipv4: networkIpSchema.nullable().default(null),
  ipv6: networkIpSchema.nullable().default(null),
}) satisfies z.ZodType<NetworkConfig>

const onceMade = {
  /** With the host. */
  autostart: z.boolean().default(true),
  /** Now. */
  start: z.boolean().default(true),
}
/** What a network shall be or, to bring back a deleted one, its whole XML. */
export const newNetworkSchema = z.union([
  networkConfigSchema.extend(onceMade),
  z.object({ xml: z.string().min(1).max(131_072), ...onceMade }),
])
export type NewNetwork = z.input<typeof newNetworkSchema>

export const editNetworkSchema = networkConfigSchema.extend({
  /** Of the network as it was read: somebody else's change in between is a 409. Null: whatever is now. */
  etag: z.string().max(100).nullable().default(null),
  /** What can't change while it runs: with the next start, or by a restart now, after which VMs are put back on it. */
  apply: z.enum(['next-start', 'restart']).default('next-start'),
})
export type EditNetwork = z.input<typeof editNetworkSchema>

export const patchNetworkSchema = z.object({ autostart: z.boolean() })
export const stopNetworkSchema = z.object({
  /** Also when running VMs lose their network by it. */
  force: z.boolean().default(false),
})

const nullableText = z.string().nullable()
export const libvirtNetworkSchema = z
  .object({
    uuid: z.string(),
    name: z.string(),
    active: z.boolean(),
    autostart: z.boolean(),
    /** Without a definition it is gone when it stops. */
    persistent: z.boolean(),
    mode: z.enum(networkModes),
    bridge: nullableText,
    uplink: nullableText,
    mtu: z.number().nullable(),
    domain: nullableText,
    ipv4: z
      .object({
        address: z.string(),
        prefix: z.number(),
        ranges: z.array(z.object({ start: z.string(), end: z.string() })),
        hosts: z.array(z.object({ mac: nullableText, duid: nullableText, name: nullableText, address: z.string() })),
      })
      .nullable(),
    ipv6: z
      .object({
        address: z.string(),
        prefix: z.number(),
        ranges: z.array(z.object({ start: z.string(), end: z.string() })),
        hosts: z.array(z.object({ mac: nullableText, duid: nullableText, name: nullableText, address: z.string() })),
      })
      .nullable(),
    portGroups: z.array(z.object({ name: z.string(), isDefault: z.boolean(), vlans: z.array(z.number()) })),
    /** What runs differs from what is defined in these: it counts from the next start on. */
    restartNeeded: z.array(z.string()),
    /** VMs with a NIC on it. */
    vms: z.array(z.object({ uuid: z.string(), name: z.string(), running: z.boolean() })),
    /** Leases its own DHCP has given out and that have not ended; null: it gives out none, or does not run. */
    leases: z.number().nullable(),
    /** Why Drawbridge only shows it, or null. */
    readOnly: nullableText,
    etag: z.string(),
    /** Its definition as libvirt writes it. */
    xml: z.string(),
  })
  .meta({ id: 'LibvirtNetwork' })
export type LibvirtNetwork = z.infer<typeof libvirtNetworkSchema>
export const libvirtNetworkListSchema = listOf(libvirtNetworkSchema)

export const networkLeaseSchema = z
  .object({
    address: z.string(),
    prefix: z.number(),
    mac: nullableText,
    hostname: nullableText,
    clientId: nullableText,
    /** ISO 8601; null: it does not end. */
    expiresAt: nullableText,
    /** The VM whose NIC has that MAC. */
    vm: nullableText,
    /** It is in the list of fixed addresses. */
    fixed: z.boolean(),
  })
  .meta({ id: 'NetworkLease' })
export type NetworkLease = z.infer<typeof networkLeaseSchema>

export const removedNetworkSchema = z
  .object({ name: z.string(), autostart: z.boolean(), active: z.boolean(), xml: z.string() })
  .meta({ id: 'RemovedNetwork' })
export type RemovedNetwork = z.infer<typeof removedNetworkSchema>
