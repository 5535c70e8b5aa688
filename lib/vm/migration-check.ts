import type { HostFacts } from '../facts/facts.ts'
import type { Domain } from './domain.ts'
import { checkDisks, checkFiles } from './migration-disks.ts'
import { checkNic } from './migration-nics.ts'
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

// The guest's clock jumps by so much.
const clockAheadLimitMs = 2000

/** Notes one thing that was found. */
export type Say = (about: string, level: MigrationFinding['level'], text: string) => void

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
