import { createHash } from 'node:crypto'
import type { LibvirtNetwork, NetworkLease } from '../../contract/libvirt-networks.ts'
import { lineText, nameText } from '../../facts/text.ts'
import type { WireLease } from '../../host/libvirt/network-calls.ts'
import { readLeases } from '../../host/libvirt/networks.ts'
import { managedModes, type NetworkDefinition, usesOwnBridge } from '../../vm/libvirt-network.ts'
import { isRunning, type KnownNetwork, type NetworkSituation, vmsOn } from './situation.ts'

export const etagOf = ({ definitionXml }: KnownNetwork): string =>
  createHash('sha256').update(definitionXml).digest('base64url')

export const isManaged = ({ mode }: NetworkDefinition): boolean => managedModes.some((one) => one === mode)

function readOnlyReason({ definition, persistent }: KnownNetwork): string | null {
  if (!persistent) return 'It has no definition: whatever started it keeps it, and it is gone when it stops.'
  return isManaged(definition) ? null : 'Drawbridge shows networks of this kind, and starts and stops them.'
}

/** What counts only from the next start on. */
export function differences({ definition, running }: KnownNetwork): string[] {
  if (running === null) return []
  const parts = ['mode', 'bridge', 'uplink', 'mtu', 'domain', 'ipv4', 'ipv6', 'portGroups'] as const
  return parts.filter((part) => JSON.stringify(definition[part]) !== JSON.stringify(running[part]))
}

export async function presentNetwork(
  network: KnownNetwork,
  situation: NetworkSituation,
  now: Date,
): Promise<LibvirtNetwork> {
  const { definition, active, autostart, persistent, ref, definitionXml } = network
  const leases = await leasesOf(network, situation)
  return {
    ...definition,
    uuid: ref.uuid,
    name: nameText(ref.name, 255),
    active,
    autostart,
    persistent,
    restartNeeded: differences(network),
    vms: vmsOn(situation.domains, ref.name).map((vm) => ({ uuid: vm.uuid, name: vm.name, running: isRunning(vm) })),
    leases: leases?.filter((lease) => isCurrent(lease, now)).length ?? null,
    readOnly: readOnlyReason(network),
    etag: etagOf(network),
    xml: definitionXml,
  }
}

const isCurrent = ({ expirySeconds }: WireLease, now: Date): boolean =>
  expirySeconds === 0 || expirySeconds * 1000 > now.getTime()

/** Null: it gives out none, or does not run. */
async function leasesOf({ ref, running }: KnownNetwork, { client }: NetworkSituation): Promise<WireLease[] | null> {
  if (running === null || !usesOwnBridge(running.mode)) return null
  if (running.ipv4 === null && running.ipv6 === null) return null
  const leases = await readLeases(client, ref)
  return leases.ok ? leases.value : null
}

/** All leases of a network, by address; those that ended too, as long as libvirt tells them. */
export async function presentLeases(network: KnownNetwork, situation: NetworkSituation): Promise<NetworkLease[]> {
  const { definition } = network
  const leases = (await leasesOf(network, situation)) ?? []
  const fixed = new Set(
    [definition.ipv4, definition.ipv6].flatMap((ip) => ip?.hosts.map(({ address }) => address) ?? []),
  )
  const vmOf = (mac: string | null) =>
    situation.domains.find(({ nics }) => nics.some((nic) => nic.mac === mac))?.name ?? null
  return leases
    .map((lease): NetworkLease => {
      const mac = lease.mac === null ? null : nameText(lease.mac.toLowerCase(), 32)
      return {
        address: nameText(lease.address, 64),
        prefix: lease.prefix,
        mac,
        hostname: lineText(lease.hostname ?? '', 253),
        clientId: lineText(lease.clientId ?? '', 512),
        expiresAt: lease.expirySeconds === 0 ? null : timeText(lease.expirySeconds),
        vm: vmOf(mac),
        fixed: fixed.has(lease.address),
      }
    })
    .toSorted((a, b) => a.address.localeCompare(b.address, 'en', { numeric: true }))
}

function timeText(seconds: number): string | null {
  const at = new Date(seconds * 1000)
  return Number.isNaN(at.getTime()) ? null : at.toISOString()
}
