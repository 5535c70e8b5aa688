import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { randomBytes } from 'node:crypto'
import { dirname, join } from 'node:path'
import { expectOk, markOf, run, script, startDetached } from './process.ts'
import {
  claimLab,
  labDir,
  labName,
  parseLabId,
  readLab,
  sweepStaleLabs,
  tearDown,
  writeEnv,
  type LabRecord,
} from './runtime.ts'
import { ensureLayer } from './images.ts'
import { ensureRequirements } from './requirements.ts'
import { LabHost } from './host.ts'
import { FLAVOURS, type HostRecord, type HostSpec } from './host-spec.ts'
import { LabMachine } from './machine.ts'
import { MachineChassis } from './machine-chassis.ts'
import { NamespaceChassis } from './namespace-chassis.ts'
import { Source, startTraffic, type SourceSpec } from './source.ts'

/** A whole machine has its own kernel: KVM in it is always there, and its disk always the same size. */
export type MachineSpec = Omit<HostSpec, 'kvm' | 'diskMib'> & { vcpus?: number; memoryMib?: number }

export type OpenLabOptions = {
  id?: string
  /** The lab ends when this process does, however it does. `null`: it stays until it is closed. Default: this process. */
  ownerPid?: number | null
  say?: (line: string) => void
}

/** A switch with its hosts, on a 10.99.N.0/24 of its own that this machine reaches directly as .1. */
export class Lab {
  readonly record: LabRecord
  readonly #say: (line: string) => void

  constructor(record: LabRecord, say: (line: string) => void) {
    this.record = record
    this.#say = say
  }

  get id(): string {
    return this.record.id
  }
  get subnet(): string {
    return `10.99.${this.record.number}.0/24`
  }
  get keyPath(): string {
    return join(labDir(this.id), 'key')
  }

  get hosts(): LabHost[] {
    return readdirSync(join(labDir(this.id), 'hosts'))
      .toSorted()
      .flatMap((name) => {
        const record = readHost(this.id, name)
        return record === null ? [] : [hostOf(this.record, record)]
      })
  }

  host(name: string): LabHost {
    const record = readHost(this.id, name)
    if (record === null) throw new Error(`lab "${this.id}" has no host "${name}"`)
    return hostOf(this.record, record)
  }

  /** Makes a tier 1 host and boots it; resolves when it answers SSH. */
  async addHost(spec: HostSpec = {}): Promise<LabHost> {
    const flavour = spec.flavour ?? 'networkd'
    if (!FLAVOURS.includes(flavour)) throw new Error(`there is no flavour "${flavour}": ${FLAVOURS.join(', ')}`)
    const layers = [await ensureLayer('guest', this.#say), await ensureLayer('rootfs', this.#say)]
    if (flavour === 'ifupdown2') layers.unshift(await ensureLayer('ifupdown2', this.#say))
    const record = this.#describe(1, spec, { layers: layers.join(':') })
    const host = new LabHost(this.record, new NamespaceChassis(this.record, record))
    host.start()
    await host.waitForSsh()
    return host
  }

  /** Makes a tier 2 host, a whole machine, and boots it; resolves when it answers SSH, after half a minute or more. */
  async addMachine(spec: MachineSpec = {}): Promise<LabMachine> {
    await ensureRequirements({ tier: 2, say: this.#say })
    const rootfs = await ensureLayer('rootfs', this.#say)
    const kernel = await ensureLayer('guest', this.#say)
    const machine = await ensureLayer('machine', this.#say)
    const { vcpus = 2, memoryMib = 3072, ...rest } = spec
    const env = { layers: rootfs, kernel, machine, vcpus, memory_mib: memoryMib }
    const record = this.#describe(2, rest, env)
    const host = new LabMachine(this.record, new MachineChassis(this.record, record))
    host.start()
    await host.waitForSsh()
    return host
  }

  /** Writes down all that a host's keeper and other processes need to know of it. */
  #describe(tier: 1 | 2, spec: HostSpec, env: Record<string, string | number>): HostRecord {
    const name = this.#claimName(spec.name)
    const octet = this.#claimOctet(name)
    const { number, cgroup } = this.record
    const record: HostRecord = {
      tier,
      name,
      flavour: spec.flavour ?? 'networkd',
      bridge: spec.bridge ?? false,
      nics: spec.nics ?? 2,
      kvm: spec.kvm ?? 'absent',
      diskMib: spec.diskMib ?? 4096,
      rootPassword: spec.rootPassword ?? false,
      octet,
      address: `10.99.${number}.${octet}`,
      address6: `fd99:db:${number}::${octet}`,
    }
    const dir = join(labDir(this.id), 'hosts', name)
    writeEnv(dir, {
      host: name,
      octet,
      flavour: record.flavour,
      bridge: record.bridge ? 'yes' : 'no',
      nics: record.nics,
      kvm: record.kvm,
      disk_mib: record.diskMib,
      root_password: record.rootPassword ? 'yes' : 'no',
      lab: labName(this.id),
      number,
      cgroup,
      ...env,
    })
    execFileSync('mkfifo', [join(dir, 'power')])
    // Whole or absent: readers list hosts by this file.
    writeFileSync(join(dir, 'host.json.new'), JSON.stringify(record))
    renameSync(join(dir, 'host.json.new'), join(dir, 'host.json'))
    return record
  }

  #claimName(wanted: string | undefined): string {
    if (wanted !== undefined && !/^[a-z][a-z0-9]{0,11}$/.test(wanted)) {
      throw new Error(`"${wanted}" can't name a lab host: a letter, then at most 11 letters or digits, all lower case`)
    }
    for (let n = 1; n < 90; n++) {
      const name = wanted ?? `host${n}`
      try {
        mkdirSync(join(labDir(this.id), 'hosts', name))
        return name
      } catch {
        if (wanted !== undefined) throw new Error(`lab "${this.id}" already has a host "${wanted}"`)
      }
    }
    throw new Error(`lab "${this.id}" is full`)
  }

  #claimOctet(name: string): number {
    const taken = join(labDir(this.id), 'octets')
    mkdirSync(taken, { recursive: true })
    for (let octet = 11; octet < 100; octet++) {
      try {
        symlinkSync(name, join(taken, String(octet)))
        return octet
      } catch {
        continue
      }
    }
    throw new Error(`lab "${this.id}" has no address left`)
  }

  source(spec: SourceSpec): Source {
    return new Source(this.record, spec)
  }

  /** Gentle, varying pings to an address until the lab ends, whether or not this process lives on. */
  traffic(to: string, pps: number): void {
    startTraffic(this.record, to, pps)
  }

  async close(): Promise<void> {
    await tearDown(this.record)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}

function hostOf(lab: LabRecord, record: HostRecord): LabHost {
  return record.tier === 1
    ? new LabHost(lab, new NamespaceChassis(lab, record))
    : new LabMachine(lab, new MachineChassis(lab, record))
}

function readHost(id: string, name: string): HostRecord | null {
  try {
    return JSON.parse(readFileSync(join(labDir(id), 'hosts', name, 'host.json'), 'utf8')) as HostRecord
  } catch {
    return null
  }
}

/** Makes a new lab, empty of hosts. Also sweeps what killed owners have left. */
export async function openLab(options: OpenLabOptions = {}): Promise<Lab> {
  const say = options.say ?? (() => {})
  await ensureRequirements({ tier: 1, say })
  await sweepStaleLabs()
  const ownerPid = options.ownerPid === undefined ? process.pid : options.ownerPid
  const owner = ownerPid === null ? null : markOf(ownerPid)
  if (ownerPid !== null && owner === null) throw new Error(`there is no process ${ownerPid} to own the lab`)
  const record = claimLab(parseLabId(options.id ?? `t${randomBytes(3).toString('hex')}`), owner)
  const dir = labDir(record.id)
  if (owner !== null) {
    const reapers = join(dirname(record.cgroup), 'reapers')
    startDetached([script('reaper.sh'), dir, record.token, reapers, String(owner.pid), owner.start], '/dev/null')
  }
  try {
    await expectOk(['ssh-keygen', '-q', '-N', '', '-C', 'drawbridge-lab', '-t', 'ed25519', '-f', join(dir, 'key')])
    await expectOk([script('switch.sh'), dir])
  } catch (error) {
    await run([script('teardown.sh'), dir, record.token])
    throw error
  }
  return new Lab(record, say)
}

/** A lab that is up already, perhaps made by another process. */
export function findLab(id: string, say: (line: string) => void = () => {}): Lab | null {
  const record = readLab(id)
  return record === null ? null : new Lab(record, say)
}
