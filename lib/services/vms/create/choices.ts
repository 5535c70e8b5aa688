import type { Actor } from '../../../access/can.ts'
import type { Choices, HostChoices } from '../../../contract/vm-create.ts'
import type { HostFacts, LinkFacts } from '../../../facts/facts.ts'
import { nameText } from '../../../facts/text.ts'
import { capabilities, domainCapabilities, listFilters } from '../../../host/libvirt/host-calls.ts'
import type { RpcClient } from '../../../host/libvirt/client.ts'
import { readNetworks } from '../../../host/libvirt/networks.ts'
import { readPools, type HostPool } from '../../../host/libvirt/pools.ts'
import { readLinksNow, type LinkNow } from '../../../host/links.ts'
import { isOvsBridge, type OvsBridge, readOvsBridges } from '../../../host/ovs.ts'
import { listHosts, type HostRow } from '../../../store/hosts.ts'
import { readDomainOffer, readMachines, type DomainOffer } from '../../../vm/host-capabilities.ts'
import { parseLibvirtNetwork } from '../../../vm/network-edit.ts'
import { isFilePool, parsePool } from '../../../vm/pool.ts'
import { isUnfinished, parseVolume } from '../../../vm/volume.ts'
import { diskOwner, type PlacedVolume, VolumeUsers } from '../../../vm/volume-users.ts'
import { findHost } from '../../hosts/find.ts'
import { knownFacts } from '../../hosts/facts.ts'
import { libvirtProblem } from '../../libvirt-problem.ts'
import { problemOf, refuse } from '../../refuse.ts'
import { boardOf, refreshBoardBy, type KnownDomain } from '../board.ts'
import { libvirtOn } from '../find.ts'
import { macMaker, readInventory } from '../inventory.ts'

/** What each host offers a new VM, or one. @param reference id or name of the host; null: all */
export async function listChoices(actor: Actor, reference: string | null, now: () => Date): Promise<Choices> {
  await refuse(actor, 'vm.create')
  const hosts = reference === null ? await listHosts() : [await findHost(reference)]
  const asked = await Promise.all(hosts.map((host) => choicesOrReason(host, now)))
  const inventory = await readInventory(await listHosts())
  return {
    items: asked.flatMap(({ choices }) => (choices === null ? [] : [choices])),
    gaps: asked.flatMap(({ host, reason }) =>
      reason === null ? [] : [{ host: { id: host.id, name: host.name }, reason }],
    ),
    freeMac: macMaker(inventory)(),
  }
}

/** A host that can't be asked is no reason not to ask the others. */
export async function choicesOrReason(
  host: HostRow,
  now: () => Date,
): Promise<{ host: HostRow; choices: HostChoices | null; reason: string | null }> {
  try {
    return { host, choices: await readChoices(host, now), reason: null }
  } catch (failure) {
    const problem = problemOf(failure)
    if (problem === null) throw failure
    return { host, choices: null, reason: problem.title }
  }
}

/** What a host offers at this moment; its VMs are read again, too. */
export async function readChoices(host: HostRow, now: () => Date): Promise<HostChoices> {
  const facts = await knownFacts(host)
  const { session, client } = await libvirtOn(host)
  const type = facts.kvm.state === 'usable' ? 'kvm' : 'qemu'
  const [offer, machines, filters, networks, pools, links, board] = await Promise.all([
    readOffer(client, type),
    client.call(capabilities()),
    client.call(listFilters()),
    readNetworks(client),
    readPools(client),
    readLinksNow(session),
    refreshBoardBy(host.id, client, now),
  ])
  if (!board.ok) throw libvirtProblem(board.error)
  if (!pools.ok) throw libvirtProblem(pools.error)
  const linksNow = links.ok ? links.value : null
  const ovs = facts.network.links.some(({ kind }) => kind === 'ovs') ? await readOvsBridges(session) : []
  const named = machines.ok ? readMachines(machines.value, offer.architecture) : null
  const domains = boardOf(host.id)?.domains ?? []
  return {
    host: { id: host.id, name: host.name },
    kvm: { usable: type === 'kvm', reason: facts.kvm.reason },
    threads: facts.cpu.threads,
    memoryBytes: facts.memory.totalBytes,
    availableMemoryBytes: facts.memory.availableBytes,
    architecture: offer.architecture,
    maxVcpus: offer.maxVcpus,
    libvirtVersion: facts.libvirt.libvirtVersion,
    machines: named?.ok === true ? named.value : [],
    firmwares: [
      'bios',
      ...(offer.uefi ? (['uefi'] as const) : []),
      ...(offer.secureBoot ? (['uefi-secure'] as const) : []),
    ],
    tpm: offer.tpm,
    cpus: offer.cpus,
    bridges: bridgesOf(facts, linksNow, ovs),
    networks: (networks.ok ? networks.value : []).map((network) => {
      const parsed = parseLibvirtNetwork(network.runningXml ?? network.definitionXml)
      const definition = parsed.ok ? parsed.value : null
      return {
        name: nameText(network.ref.name, 255),
        active: network.active,
        mode: definition?.mode ?? 'other',
        bridge: definition?.bridge ?? null,
        mtu: definition?.mtu ?? null,
        portGroups: definition?.portGroups.map(({ name }) => name) ?? [],
      }
    }),
    devices: facts.network.links.filter(isMacvtapDevice).map(({ name, mtu, carrier }) => ({ name, mtu, carrier })),
    filters: filters.ok ? filters.value.map((name) => nameText(name, 255)).toSorted() : [],
    pools: pools.value.map(poolChoice),
    images: imagesOf(pools.value, domains),
  }
}

const nothingOffered: DomainOffer = {
  architecture: 'x86_64',
  maxVcpus: 255,
  uefi: false,
  secureBoot: false,
  tpm: false,
  cpus: [],
}

/** Of the machine that new VMs get: libvirt's own choice allows fewer vCPUs. */
async function readOffer(client: RpcClient, type: string): Promise<DomainOffer> {
  for (const machine of ['q35', null]) {
    const answered = await client.call(domainCapabilities(machine, type))
    const offer = answered.ok ? readDomainOffer(answered.value) : null
    if (offer?.ok === true) return offer.value
  }
  return nothingOffered
}

const uplinkKinds: readonly string[] = [
  'physical',
  'virtio',
  'veth',
  'bond',
  'vlan',
  'wireless',
  'vxlan',
  'tunnel',
] satisfies LinkFacts['kind'][]

function bridgesOf(
  { network }: HostFacts,
  now: readonly LinkNow[] | null,
  ovs: readonly OvsBridge[] | null,
): HostChoices['bridges'] {
  const { links, managementPath } = network
  const bridges = links
    .filter(
      ({ kind, bridge, name }) => (kind === 'bridge' && bridge !== null) || (kind === 'ovs' && isOvsBridge(ovs, name)),
    )
    // Facts are some seconds old; what is gone is gone.
    .filter(({ name }) => now === null || now.some((link) => link.name === name))
    .map((link) => {
      const current = now?.find(({ name }) => name === link.name) ?? null
      const isOvs = link.kind === 'ovs'
      const inOvs = ovs?.find(({ name }) => name === link.name)?.ports ?? []
      const ports = links.filter(
        ({ name, master, kind, vm }) =>
          (isOvs ? inOvs.includes(name) : master === link.name) && vm === null && uplinkKinds.includes(kind),
      )
      return {
        name: link.name,
        kind: isOvs ? ('ovs' as const) : ('linux' as const),
        mtu: current?.mtu ?? link.mtu,
        // What is down of Open vSwitch's is the host's own port on it; it forwards all the same.
        up: isOvs || (current?.up ?? link.up),
        carrier: isOvs ? null : (current?.carrier ?? link.carrier),
        vlanAware: isOvs || link.bridge?.vlanFiltering === true,
        defaultPvid: link.bridge?.defaultPvid ?? null,
        vlans: [
          ...new Set(
            ports.flatMap(({ bridgePort }) => [...(bridgePort?.untagged ?? []), ...(bridgePort?.tagged ?? [])]),
          ),
        ].toSorted((a, b) => a - b),
        uplinks: ports.map(({ name }) => name),
        isLan: false,
      }
    })
  const withUplink = bridges.filter(({ uplinks, up }) => up && uplinks.length > 0)
  const lan = withUplink.find(({ name }) => managementPath?.links.includes(name)) ?? withUplink[0]
  return bridges.map((bridge) => ({ ...bridge, isLan: bridge === lan }))
}

const isMacvtapDevice = ({ kind, master }: LinkFacts): boolean =>
  master === null && ['physical', 'virtio', 'veth', 'bond', 'vlan'].includes(kind)

function poolChoice({ ref, active, use, definitionXml }: HostPool): HostChoices['pools'][number] {
  const parsed = parsePool(definitionXml)
  const kind = parsed.ok ? parsed.value.kind : 'unknown'
  return {
    name: nameText(ref.name, 255),
    kind,
    active,
    path: parsed.ok ? parsed.value.path : null,
    capacityBytes: active ? use.capacityBytes : null,
    availableBytes: active ? use.availableBytes : null,
    formats: isFilePool(kind) ? ['qcow2', 'raw'] : kind === 'logical' || kind === 'zfs' ? ['raw'] : [],
  }
}

/** All volumes of pools that run, read. */
export const placedVolumes = (pools: readonly HostPool[]): PlacedVolume[] =>
  pools.flatMap(({ ref, volumes }) =>
    volumes.flatMap(({ xml }) => {
      const parsed = parseVolume(xml)
      return parsed.ok ? [{ ...parsed.value, pool: nameText(ref.name, 255) }] : []
    }),
  )

function imagesOf(pools: readonly HostPool[], domains: readonly KnownDomain[]): HostChoices['images'] {
  const volumes = placedVolumes(pools)
  const users = new VolumeUsers(volumes, domains.map(diskOwner))
  return volumes.flatMap((volume) => {
    const { pool, name, path, format, capacityBytes, allocationBytes } = volume
    if (path === null || volume.kind === 'dir' || isUnfinished(name)) return []
    const known = users.of(path)
    const over = known.filter((user) => user.kind === 'volume' || user.as === 'backing')
    return [
      {
        pool,
        volume: name,
        path,
        kind: format === 'iso' || /\.iso$/i.test(path) ? ('iso' as const) : ('disk' as const),
        format,
        capacityBytes,
        allocationBytes,
        usedBy: [...new Set(known.flatMap((user) => (user.kind === 'vm' ? [user.name] : [])))],
        baseOf: [...new Set(over.map((user) => user.name))],
      },
    ]
  })
}
