import { oursOf, parseAnswer, sectionOf, type Answer } from './answer.ts'
import type { HostFacts, LibvirtFacts, LinkFacts, NetworkFacts } from './facts.ts'
import { parseLibvirt, versionText, type LibvirtParts, type LibvirtSnapshot } from './libvirt-snapshot.ts'
import { mainBackEnd, parseOwners } from './link-owners.ts'
import { managementPath } from './management-path.ts'
import { parseCpu, parseMemory } from './parse-cpu.ts'
import { parseFirewall, parseSwitches } from './parse-firewall.ts'
import { parseKvm, type KvmProof } from './parse-kvm.ts'
import { parseLinks } from './parse-links.ts'
import { parseOs } from './parse-os.ts'
import { maxRoutes, parseDnsServers, parseRoutes } from './parse-routes.ts'
import { parseServices } from './parse-services.ts'
import { nicsByTap } from '../vm/domain-xml.ts'

export interface FactsInput {
  /** What lib/host/scripts/facts.sh wrote. */
  answer: string
  nonce: string
  libvirt: LibvirtSnapshot | null
  /** Why there is no snapshot. */
  libvirtFailure?: { code: string; title: string } | null
  proof: KvmProof | null
  /** ISO 8601. */
  takenAt: string
  /** Sentences of the reader's own, e.g. that sudo did not work. */
  gaps?: readonly string[]
}

/** Everything known of a host, from texts that it wrote. Any text will do: what can't be read becomes a gap. */
export function parseFacts({
  answer: raw,
  nonce,
  libvirt,
  libvirtFailure = null,
  proof,
  takenAt,
  gaps = [],
}: FactsInput): HostFacts {
  const answer = parseAnswer(raw, nonce)
  const { os, hostname, bootId, machineId } = parseOs(answer)
  const cpu = parseCpu(answer)
  const parts = libvirt === null ? null : parseLibvirt(libvirt)
  const network = parseNetwork(answer, parts)
  return {
    takenAt,
    bootId,
    machineId,
    hostname,
    os,
    cpu,
    memory: parseMemory(answer),
    kvm: parseKvm(answer, cpu, os.architecture, proof),
    libvirt: libvirtFacts(answer, libvirt, parts, libvirtFailure?.code ?? null),
    network: network.facts,
    storagePools: parts?.storagePools ?? [],
    domains: parts?.domains ?? [],
    gaps: [
      ...gaps,
      ...scriptGaps(answer),
      ...network.gaps,
      ...(parts?.gaps ?? []),
      ...(libvirtFailure === null || libvirtFailure.code === 'absent' ? [] : [libvirtFailure.title]),
    ].slice(0, 50),
  }
}

function parseNetwork(answer: Answer, libvirt: LibvirtParts | null): { facts: NetworkFacts; gaps: string[] } {
  const gaps: string[] = []
  const bare = parseLinks(answer)
  if (bare === null) gaps.push('The links could not be read: “ip -j -d addr” gave no list. Is iproute2 installed?')
  const taps = nicsByTap(libvirt?.domains ?? [])
  const named = (bare ?? []).map((link): LinkFacts => ({ ...link, vm: taps.get(link.name) ?? null }))
  const bridges = new Set(
    (libvirt?.networks ?? []).flatMap(({ bridge, mode }) => (bridge === null || mode === 'bridge' ? [] : [bridge])),
  )
  const owners = parseOwners(answer, named, bridges)
  const links = named.map((link) => ({ ...link, backEnd: owners.of(link) }))
  gaps.push(...owners.conflicts)
  const routes = (['inet', 'inet6'] as const).flatMap((family) => {
    const number = family === 'inet' ? '4' : '6'
    const listed = parseRoutes(sectionOf(answer, `routes${number}`), family)
    if (listed === null && bare !== null) gaps.push(`The IPv${number} routes could not be read, or are too many.`)
    if (listed !== null && listed.length > maxRoutes)
      gaps.push(`Only the first ${maxRoutes} of ${listed.length} IPv${number} routes are shown.`)
    return (listed ?? []).slice(0, maxRoutes)
  })
  const path = managementPath(oursOf(answer).first('ssh') ?? '', links, routes)
  return {
    facts: {
      backEnd: mainBackEnd(links, path, routes),
      links,
      routes,
      managementPath: path,
      ...parseSwitches(answer),
      firewall: parseFirewall(answer),
      dnsServers: parseDnsServers(answer),
    },
    gaps,
  }
}

function libvirtFacts(
  answer: Answer,
  snapshot: LibvirtSnapshot | null,
  parts: LibvirtParts | null,
  failure: string | null,
): LibvirtFacts {
  const ours = oursOf(answer)
  const service = parseServices(answer)
  const isInstalled =
    ours.has('tool', 'libvirtd') ||
    ours.has('tool', 'virtqemud') ||
    ['libvirtd.service', 'virtqemud.service'].some((name) => service(name).load !== 'not-found')
  // It runs where it says no, or says nothing in time.
  const runs = snapshot !== null || (failure !== null && failure !== 'absent' && failure !== 'closed')
  return {
    state: runs ? 'running' : isInstalled ? 'stopped' : 'absent',
    libvirtVersion: versionText(snapshot?.libvirtVersion ?? null),
    qemuVersion: versionText(snapshot?.hypervisorVersion ?? null),
    networks: parts?.networks ?? [],
  }
}

const toolGaps: readonly [tool: string, sentence: string][] = [
  ['bridge', 'bridge (of iproute2) is not installed, so VLANs on bridge ports are unknown.'],
  ['ethtool', 'ethtool is not installed, so offloads, rings, channels and firmware are unknown.'],
]

const cutSections: Record<string, string> = {
  addresses: 'links',
  vlans: 'VLANs on bridge ports',
  firewall: 'firewall chains',
  'back-ends': 'files of the network tools',
}

function scriptGaps(answer: Answer): string[] {
  const ours = oursOf(answer)
  if (answer.sections.size === 0) return ['The host gave no facts at all.']
  const gaps: string[] = []
  if (!answer.complete) gaps.push('The host stopped answering half-way; what follows is what it had said by then.')
  if (!ours.has('uid', '0'))
    gaps.push('Facts were read without root rights: the firewall, some owners of links and file settings are unknown.')
  if (ours.has('tool', 'ip')) for (const [tool, sentence] of toolGaps) if (!ours.has('tool', tool)) gaps.push(sentence)
  for (const [name, what] of Object.entries(cutSections)) {
    const section = answer.sections.get(name)
    if (section !== undefined && section.code === null && answer.complete)
      gaps.push(`The list of ${what} is longer than Drawbridge reads.`)
  }
  if (ours.has('init', 'systemd') && sectionOf(answer, 'services').code === 124)
    gaps.push('systemd did not say within 5 s which services run.')
  return gaps
}
