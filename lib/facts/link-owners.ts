import { fileLinesOf, oursOf, sectionOf, type Answer } from './answer.ts'
import type { BackEnd, LinkFacts, ManagementPath, NetworkFacts } from './facts.ts'
import { parseServices } from './parse-services.ts'
import { nameText } from './text.ts'

/** Which tool's files make each link what it is, by what the tools themselves left in /run and /etc. */
export interface Owners {
  of(link: LinkFacts): BackEnd
  /** Links that two tools lay claim to, in sentences. */
  conflicts: string[]
}

export function parseOwners(answer: Answer, links: readonly LinkFacts[], libvirtBridges: ReadonlySet<string>): Owners {
  const files = fileLinesOf(sectionOf(answer, 'back-ends'))
  const claims = [
    networkdClaims(files),
    networkManagerClaims(files),
    ifupdownClaims(answer, files),
    wickedClaims(answer),
  ]
  const conflicts: string[] = []
  const docker = new Set(
    links
      .filter(({ name, kind }) => kind === 'bridge' && /^(docker\d+|docker_gwbridge|br-[0-9a-f]{12})$/.test(name))
      .map(({ name }) => name),
  )
  const canTell = oursOf(answer).has('uid', '0')
  const owners = new Map<string, BackEnd>()
  for (const link of links) {
    const special = specialOwner(link, libvirtBridges, docker)
    const claiming =
      special === null ? [...new Set(claims.map((claim) => claim(link)).filter((owner) => owner !== null))] : [special]
    if (claiming.length > 1)
      conflicts.push(`${link.name} is claimed by ${claiming.join(' and ')}, so Drawbridge won’t change it.`)
    owners.set(link.name, claiming.length > 1 ? 'unknown' : (claiming[0] ?? (canTell ? 'kernel' : 'unknown')))
  }
  // ifupdown names a bridge's ports in the bridge's own stanza.
  for (const link of links) {
    const above = link.master === null ? undefined : owners.get(link.master)
    const isIfupdown = above === 'ifupdown' || above === 'ifupdown2'
    if (isIfupdown && owners.get(link.name) === 'kernel' && link.kind !== 'tap' && link.kind !== 'macvtap')
      owners.set(link.name, above)
  }
  return { of: (link) => owners.get(link.name) ?? 'unknown', conflicts }
}

/** The back-end of the host's uplinks: that of the management path, else of the default route, else of most adapters. */
export function mainBackEnd(
  links: readonly LinkFacts[],
  path: ManagementPath | null,
  routes: NetworkFacts['routes'],
): BackEnd {
  const ownerOf = (name: string) => links.find((link) => link.name === name)?.backEnd
  const counts = new Map<BackEnd, number>()
  for (const { kind, backEnd } of links)
    if (['physical', 'virtio', 'bond', 'veth'].includes(kind)) counts.set(backEnd, (counts.get(backEnd) ?? 0) + 1)
  const most = [...counts].filter(([owner]) => isTool(owner)).sort((a, b) => b[1] - a[1])[0]?.[0]
  const defaults = routes.filter((route) => route.destination === 'default').map((route) => ownerOf(route.device))
  const candidates = [...(path?.links ?? []).map(ownerOf), ...defaults, most]
  return candidates.find((owner) => owner !== undefined && isTool(owner)) ?? 'unknown'
}

const isTool = (owner: BackEnd): boolean =>
  ['networkd', 'netplan', 'networkmanager', 'ifupdown', 'ifupdown2', 'wicked'].includes(owner)

function specialOwner(
  link: LinkFacts,
  libvirtBridges: ReadonlySet<string>,
  docker: ReadonlySet<string>,
): BackEnd | null {
  if (link.kind === 'loopback') return 'kernel'
  if (link.kind === 'ovs') return 'ovs'
  if (link.vm !== null || libvirtBridges.has(link.name)) return 'libvirt'
  if (link.kind === 'tap' && (/^vnet\d+$/.test(link.name) || /^virbr\d+-nic$/.test(link.name))) return 'libvirt'
  if (link.kind === 'bridge' && /^virbr\d+$/.test(link.name)) return 'libvirt'
  if (docker.has(link.name) || (link.kind === 'veth' && link.master !== null && docker.has(link.master)))
    return 'docker'
  return null
}

type Claim = (link: LinkFacts) => BackEnd | null

/** /run/systemd/netif/links/<ifindex>, which systemd's own library reads too. */
function networkdClaims(files: ReadonlyMap<string, readonly string[]>): Claim {
  return ({ index }) => {
    const lines = files.get(`/run/systemd/netif/links/${index}`) ?? []
    const file = lines.find((line) => line.startsWith('NETWORK_FILE='))?.slice('NETWORK_FILE='.length)
    if (file === undefined || lines.includes('ADMIN_STATE=unmanaged')) return null
    return /\/\d*-?netplan-[^/]*$/.test(file) ? 'netplan' : 'networkd'
  }
}

/** /run/NetworkManager/devices/<ifindex>, and the profile that is up on it. */
function networkManagerClaims(files: ReadonlyMap<string, readonly string[]>): Claim {
  const value = (lines: readonly string[], key: string) =>
    lines.find((line) => line.startsWith(`${key}=`))?.slice(key.length + 1)
  const generated = new Set<string>()
  const netplanUuids = new Set<string>()
  const netplanNames = new Set<string>()
  for (const [path, lines] of files) {
    if (!path.includes('/NetworkManager/system-connections/')) continue
    const uuid = value(lines, 'uuid')
    // A profile that NetworkManager made up for what somebody else set up.
    if (lines.includes('nm-generated=true')) {
      if (uuid !== undefined) generated.add(uuid)
    } else if (/\/netplan-[^/]*$/.test(path)) {
      if (uuid !== undefined) netplanUuids.add(uuid)
      const name = value(lines, 'interface-name')
      if (name !== undefined) netplanNames.add(nameText(name))
    }
  }
  return ({ index, name }) => {
    const lines = files.get(`/run/NetworkManager/devices/${index}`) ?? []
    const uuid = value(lines, 'connection-uuid')
    if (uuid === undefined || generated.has(uuid) || !lines.includes('managed=true')) return null
    return netplanUuids.has(uuid) || netplanNames.has(name) ? 'netplan' : 'networkmanager'
  }
}

/** The `iface` stanzas of interfaces(5). They count only while its service is there to read them. */
function ifupdownClaims(answer: Answer, files: ReadonlyMap<string, readonly string[]>): Claim {
  const ours = oursOf(answer)
  const service = parseServices(answer)('networking.service')
  const isUsed = ours.has('tool', 'ifup') && (service.active === 'active' || service.file === 'enabled')
  const owner: BackEnd = ours.has('ifupdown', '2') ? 'ifupdown2' : 'ifupdown'
  const names = new Set<string>()
  for (const [path, lines] of files) {
    if (!path.startsWith('/etc/network/interfaces')) continue
    for (const line of lines) {
      const name = /^\s*iface\s+(\S{1,64})/.exec(line)?.[1]
      if (name !== undefined) names.add(nameText(name))
    }
  }
  return ({ name }) => (isUsed && names.has(name) ? owner : null)
}

function wickedClaims(answer: Answer): Claim {
  const isUsed = ['wicked.service', 'wickedd.service'].some((name) => parseServices(answer)(name).active === 'active')
  const names = new Set(
    oursOf(answer)
      .all('wicked')
      .map((name) => nameText(name)),
  )
  return ({ name }) => (isUsed && names.has(name) ? 'wicked' : null)
}
