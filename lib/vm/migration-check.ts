import type { HostFacts, LinkFacts } from '../facts/facts.ts'
import type { Domain, DomainNic } from './domain.ts'
import type { MigrationNeeds } from './migration-needs.ts'

/** May a VM move from one host to another, and how? Decided from what both hosts were just seen to be. */

export interface MigrationHost {
  name: string
  facts: HostFacts
  /** As libvirt tells it; two hosts with the same are one to it. */
  uuid: string | null
}

/** A file as a host has it; null: it has none. */
export interface SeenFile {
  /** `stat -f`'s word: ext2/ext3, xfs, nfs, … */
  fileSystem: string
}

export interface MigrationSituation {
  domain: Domain
  isRunning: boolean
  persistent: boolean
  hasSnapshots: boolean
  hasSavedState: boolean
  needs: MigrationNeeds
  source: MigrationHost
  target: MigrationHost
  /** What the target's libvirt says of this machine and type: null, or why not. */
  machineRefusal: string | null
  /** virCPUCompareResult of the VM's CPU on the target; null: not asked, or no answer. */
  cpuCompared: number | null
  /** By path, of the files of `needs`. */
  atSource: ReadonlyMap<string, SeenFile | null>
  atTarget: ReadonlyMap<string, SeenFile | null>
  /** By target (`vda`), of the disks of `needs`; absent: not known. */
  diskBytes: ReadonlyMap<string, number>
  /** Target's clock less the source's. */
  clockAheadMs: number | null
  /** Where the source reaches the target, and whether it did; null: it could not be tried. */
  address: string
  reaches: boolean | null
}

export interface MigrationFinding {
  /** What it is about: `bridge`, `storage`, `cpu`, … */
  about: string
  /** `missing`: it can't move. `warning`: it can, and this is to be known. */
  level: 'missing' | 'warning' | 'ok'
  text: string
}

export interface MigrationVerdict {
  possible: boolean
  findings: MigrationFinding[]
  /** How the disks get there: there are none, both hosts have them, or they are copied. */
  storage: 'none' | 'shared' | 'copied'
  copiedDisks: string[]
}

const sharedFileSystems = /^(nfs|ceph|cifs|smb|gfs|ocfs2|gpfs|lustre|fuseblk|fuse)/i
// The guest's clock jumps by so much.
const clockAheadLimitMs = 2000

type Say = (about: string, level: MigrationFinding['level'], text: string) => void

export function checkMigration(situation: MigrationSituation): MigrationVerdict {
  const findings: MigrationFinding[] = []
  const say: Say = (about, level, text) => void findings.push({ about, level, text })
  checkState(situation, say)
  checkIdentity(situation, say)
  checkMachine(situation, say)
  checkCpu(situation, say)
  checkMemory(situation, say)
  for (const nic of situation.domain.nics) checkNic(nic, situation, say)
  checkFiles(situation, say)
  const storage = checkDisks(situation, say)
  checkWay(situation, say)
  return { possible: !findings.some(({ level }) => level === 'missing'), findings, ...storage }
}

function checkState(
  { persistent, hasSnapshots, hasSavedState, isRunning, domain, needs }: MigrationSituation,
  say: Say,
) {
  if (hasSnapshots)
    say('snapshots', 'missing', `${domain.name} has snapshots, which libvirt does not move. Delete them first.`)
  if (hasSavedState && !isRunning)
    say('state', 'missing', `${domain.name} has a saved state, which stays where it is. Start it first, or drop it.`)
  if (!persistent && !isRunning) say('state', 'missing', `${domain.name} is not there any more.`)
  if (!isRunning && (domain.firmware === 'uefi' || domain.tpm))
    say(
      'firmware',
      'missing',
      `${domain.name} keeps variables of its UEFI firmware or its TPM in files of its host, which move only while it runs. Start it first.`,
    )
  if (needs.hostDevices > 0)
    say(
      'devices',
      'missing',
      `${domain.name} has devices of its host (PCI or USB), which can’t move. Detach them first.`,
    )
}

function checkIdentity({ domain, source, target }: MigrationSituation, say: Say) {
  if (source.uuid !== null && source.uuid === target.uuid)
    say(
      'host',
      'missing',
      `libvirt takes ${source.name} and ${target.name} for one host: both have the UUID ${source.uuid}. Set host_uuid in /etc/libvirt/libvirtd.conf of one and restart libvirtd.`,
    )
  const others = target.facts.domains
  const same = others.find(({ uuid }) => uuid === domain.uuid)
  const namesake = others.find(({ name, uuid }) => name === domain.name && uuid !== domain.uuid)
  if (same !== undefined)
    say('name', 'missing', `${target.name} has a VM with the same UUID already: ${same.name}. Remove it there first.`)
  if (namesake !== undefined)
    say('name', 'missing', `${target.name} has another VM named ${domain.name}. Rename or remove it first.`)
  const macs = new Set(domain.nics.map(({ mac }) => mac))
  for (const other of others.filter(({ uuid }) => uuid !== domain.uuid))
    for (const { mac } of other.nics)
      if (macs.has(mac))
        say('mac', 'missing', `${mac} is the MAC of ${other.name} on ${target.name}, too. Change one of them.`)
}

function checkMachine({ domain, target, source, machineRefusal }: MigrationSituation, say: Say) {
  const { facts, name } = target
  if (facts.libvirt.state !== 'running')
    say('libvirt', 'missing', `libvirt does not run on ${name}. Prepare the host first.`)
  if (machineRefusal !== null)
    say(
      'machine',
      'missing',
      `${name} does not offer the machine ${domain.machine} (${domain.type}): ${machineRefusal}`,
    )
  if (domain.type === 'kvm' && facts.kvm.state !== 'usable')
    say('kvm', 'missing', `KVM is not usable on ${name}: ${facts.kvm.reason}`)
  if (isOlder(facts.libvirt.qemuVersion, source.facts.libvirt.qemuVersion))
    say(
      'version',
      'missing',
      `QEMU ${facts.libvirt.qemuVersion ?? ''} on ${name} is older than ${source.facts.libvirt.qemuVersion ?? ''} on ${source.name}, and takes no VM from a newer one. Update ${name}.`,
    )
  if (isOlder(facts.libvirt.libvirtVersion, source.facts.libvirt.libvirtVersion))
    say(
      'version',
      'warning',
      `libvirt on ${name} (${facts.libvirt.libvirtVersion ?? ''}) is older than on ${source.name} (${source.facts.libvirt.libvirtVersion ?? ''}).`,
    )
}

/** Of dotted numbers; what is unknown is not older. */
function isOlder(version: string | null, than: string | null): boolean {
  if (version === null || than === null) return false
  const [a, b] = [version, than].map((text) => text.split('.').map(Number)) as [number[], number[]]
  const at = a.findIndex((part, index) => part !== (b[index] ?? 0))
  return at !== -1 && (a[at] ?? 0) < (b[at] ?? 0)
}

function checkCpu({ domain, isRunning, cpuCompared, source, target }: MigrationSituation, say: Say) {
  if (!isRunning) return
  if (domain.cpu === 'host-passthrough') {
    const has = new Set(target.facts.cpu.flags)
    const missing = source.facts.cpu.flags.filter((flag) => !has.has(flag))
    if (missing.length > 0)
      say(
        'cpu',
        'missing',
        `${domain.name} has the very CPU of ${source.name}, and that of ${target.name} lacks ${missing.slice(0, 8).join(', ')}. Give the VM a named CPU model.`,
      )
    else if (source.facts.cpu.model !== target.facts.cpu.model)
      say(
        'cpu',
        'warning',
        `${domain.name} has the very CPU of ${source.name} (${source.facts.cpu.model ?? 'unknown'}); ${target.name} has another (${target.facts.cpu.model ?? 'unknown'}).`,
      )
    return
  }
  if (cpuCompared === 0)
    say(
      'cpu',
      'missing',
      `The CPU of ${target.name} lacks what ${domain.name}’s CPU model needs. Give the VM an older model.`,
    )
}

function checkMemory({ domain, isRunning, target }: MigrationSituation, say: Say) {
  const { availableBytes } = target.facts.memory
  if (!isRunning || availableBytes === null || availableBytes >= domain.memoryBytes) return
  const short = Math.ceil((domain.memoryBytes - availableBytes) / 1024 ** 2)
  say('memory', 'missing', `${target.name} has ${short} MiB too little free memory.`)
}

function checkNic(nic: DomainNic, { source, target }: MigrationSituation, say: Say) {
  const name = nic.source ?? ''
  const linkOf = ({ facts }: MigrationHost) => facts.network.links.find((link) => link.name === name)
  if (nic.sourceKind === 'network') {
    const network = target.facts.libvirt.networks.find((one) => one.name === name)
    if (network === undefined)
      say(
        'network',
        'missing',
        `${target.name} has no libvirt network named ${name}, which ${nic.mac} is on. Make it there.`,
      )
    else if (!network.active)
      say('network', 'missing', `The libvirt network ${name} does not run on ${target.name}. Start it.`)
    return
  }
  if (nic.sourceKind === 'direct') {
    if (linkOf(target) === undefined)
      say('interface', 'missing', `${target.name} has no interface named ${name}, which ${nic.mac} is on.`)
    return
  }
  if (nic.sourceKind !== 'bridge') return
  const there = linkOf(target)
  if (there === undefined || (there.kind !== 'bridge' && there.kind !== 'ovs')) {
    say('bridge', 'missing', `${target.name} has no bridge named ${name}, which ${nic.mac} is on. Make it there first.`)
    return
  }
  if (!there.up) say('bridge', 'missing', `The bridge ${name} is down on ${target.name}. Bring it up.`)
  checkBridge(nic, linkOf(source), there, { source, target }, say)
}

function checkBridge(
  nic: DomainNic,
  here: LinkFacts | undefined,
  there: LinkFacts,
  { source, target }: Pick<MigrationSituation, 'source' | 'target'>,
  say: Say,
) {
  const { name } = there
  const mtu = nic.mtu ?? here?.mtu ?? there.mtu
  if (there.mtu < mtu)
    say(
      'mtu',
      'missing',
      `${name} has MTU ${there.mtu} on ${target.name}, less than the ${mtu} that ${nic.mac} has. Raise it.`,
    )
  if (here === undefined) return
  const aware = (link: LinkFacts) => link.bridge?.vlanFiltering === true
  if (aware(here) !== aware(there)) {
    const [yes, no] = aware(here) ? [source.name, target.name] : [target.name, source.name]
    say('vlan', 'missing', `${name} is VLAN-aware on ${yes} and not on ${no}. Make both the same.`)
    return
  }
  const [hereVlans, thereVlans] = [uplinkVlans(here, source), uplinkVlans(there, target)]
  const wanted = nic.vlan === null ? hereVlans : new Set(nic.vlan.tags)
  const lacking = aware(here) ? [...wanted].filter((vlan) => !thereVlans.has(vlan)) : []
  if (lacking.length > 0)
    say(
      'vlan',
      nic.vlan === null ? 'warning' : 'missing',
      `The uplink of ${name} on ${target.name} does not carry VLAN ${lacking.slice(0, 8).join(', ')}.`,
    )
  const hasUplink = (host: MigrationHost) =>
    host.facts.network.links.some(({ master, kind, carrier }) => master === name && kind !== 'tap' && carrier !== false)
  if (hasUplink(source) && !hasUplink(target))
    say(
      'bridge',
      'warning',
      `${name} has no uplink with a carrier on ${target.name}: the VM would reach only what is on that host.`,
    )
}

/** What ports other than VMs' carry. */
function uplinkVlans(bridge: LinkFacts, { facts }: MigrationHost): Set<number> {
  const ports = facts.network.links.filter(({ master, kind }) => master === bridge.name && kind !== 'tap')
  return new Set(
    ports.flatMap(({ bridgePort }) => (bridgePort === null ? [] : [...bridgePort.untagged, ...bridgePort.tagged])),
  )
}

const roleWords = { kernel: 'the kernel file', firmware: 'the firmware', iso: 'the image' } as const

function checkFiles({ needs, target, atTarget }: MigrationSituation, say: Say) {
  for (const { role, path } of needs.files)
    if (atTarget.get(path) === null)
      say(
        role === 'iso' ? 'iso' : 'file',
        'missing',
        `${target.name} does not have ${roleWords[role]} ${path}. ${role === 'iso' ? 'Eject it, or copy it there.' : 'Copy it there.'}`,
      )
}

function checkDisks(
  { needs, source, target, atSource, atTarget, isRunning, diskBytes }: MigrationSituation,
  say: Say,
): Pick<MigrationVerdict, 'storage' | 'copiedDisks'> {
  const local = needs.disks.filter(({ path, kind }) => kind !== 'network' && !isShared(path, { atSource, atTarget }))
  if (needs.disks.length === 0) return { storage: 'none', copiedDisks: [] }
  if (local.length === 0) {
    say('storage', 'ok', 'Both hosts have its disks on shared storage.')
    return { storage: 'shared', copiedDisks: [] }
  }
  const names = local.map(({ target: disk }) => disk).join(', ')
  if (!isRunning) {
    say(
      'storage',
      'missing',
      `The disks of a VM that is off are not copied, and ${names} lies on ${source.name} alone. Start it first, or put it on shared storage.`,
    )
    return { storage: 'copied', copiedDisks: [] }
  }
  const missing: string[] = []
  const wanted = new Map<string, number>()
  for (const { target: disk, path, kind } of local) {
    if (path === null || kind !== 'file') {
      missing.push(`${disk} is no file, and only files are copied. Put it on shared storage.`)
      continue
    }
    if (atTarget.get(path) === undefined)
      missing.push(`Whether ${target.name} has a file ${path} already could not be seen. Look at its permissions.`)
    else if (atTarget.get(path) !== null)
      missing.push(`${target.name} has a file ${path} already, which would be overwritten. Move it away first.`)
    const folder = path.slice(0, path.lastIndexOf('/'))
    const pool = target.facts.storagePools.find((one) => one.active && one.path === folder)
    if (pool === undefined)
      missing.push(`${target.name} has no storage pool over ${folder} that ${disk} could be copied into. Make one.`)
    else wanted.set(pool.name, (wanted.get(pool.name) ?? 0) + (diskBytes.get(disk) ?? 0))
  }
  for (const [pool, bytes] of wanted) {
    const free = target.facts.storagePools.find(({ name }) => name === pool)?.availableBytes ?? null
    if (free !== null && free < bytes)
      missing.push(
        `The pool ${pool} on ${target.name} has ${Math.ceil((bytes - free) / 1024 ** 2)} MiB too little room.`,
      )
  }
  for (const text of missing) say('storage', 'missing', text)
  if (missing.length === 0)
    say('storage', 'ok', `${names} is copied to ${target.name} while the VM runs, and stays on ${source.name}.`)
  return { storage: 'copied', copiedDisks: local.map(({ target: disk }) => disk) }
}

function isShared(
  path: string | null,
  { atSource, atTarget }: Pick<MigrationSituation, 'atSource' | 'atTarget'>,
): boolean {
  if (path === null) return false
  const [here, there] = [atSource.get(path), atTarget.get(path)]
  if (here === null || here === undefined || there === null || there === undefined) return false
  return sharedFileSystems.test(here.fileSystem) && sharedFileSystems.test(there.fileSystem)
}

function checkWay({ source, target, address, reaches, isRunning, clockAheadMs }: MigrationSituation, say: Say) {
  if (!isRunning) return
  if (reaches === false)
    say(
      'way',
      'missing',
      `${source.name} does not reach ${target.name} at ${address}. Look at routes and firewalls between them.`,
    )
  if (clockAheadMs !== null && Math.abs(clockAheadMs) > clockAheadLimitMs)
    say(
      'clock',
      'warning',
      `The clock of ${target.name} is ${Math.round(Math.abs(clockAheadMs) / 1000)} s ${clockAheadMs > 0 ? 'ahead of' : 'behind'} that of ${source.name}.`,
    )
}
