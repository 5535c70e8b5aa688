import { readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { expectOk, script, waitUntil, type Ran, type RunOptions } from './process.ts'
import { labDir, type LabRecord } from './runtime.ts'
import { bootGuest, type GuestSpec, type LabGuest } from './guest.ts'
import type { Carrier, Chassis } from './chassis.ts'
import type { Fingerprint, HostRecord } from './host-spec.ts'

const EXEC_TIMEOUT_MS = 120_000

/** A host of the lab. Every verb acts on its power, cables or disk from outside, never through its SSH. */
export class LabHost {
  readonly record: HostRecord
  protected readonly chassis: Chassis
  readonly #lab: LabRecord

  constructor(lab: LabRecord, chassis: Chassis) {
    this.#lab = lab
    this.chassis = chassis
    this.record = chassis.files.record
  }

  get name(): string {
    return this.record.name
  }
  get address(): string {
    return this.record.address
  }
  get sshPort(): number {
    return 22
  }
  /** The private key that root, kvmadmin and limited accept. */
  get keyPath(): string {
    return join(labDir(this.#lab.id), 'key')
  }

  /** `running`, `off`, or `failed: …` */
  state(): string {
    return this.chassis.files.state()
  }

  /** Begins the first boot of a host just described. */
  start(): void {
    this.chassis.start()
  }

  /** Until sshd answers and logins are allowed. */
  async waitForSsh(timeoutMs = this.chassis.bootTimeoutMs): Promise<void> {
    const { consolePath } = this.chassis.files
    await waitUntil(`${this.name} to answer SSH at ${this.address} (see ${consolePath})`, timeoutMs, async () => {
      const state = this.state()
      if (state.startsWith('failed')) throw new Error(`${this.name} ${state}: ${readFileSync(consolePath, 'utf8')}`)
      return (await sshAnswers(this.address)) && (await this.chassis.admitsLogins()) ? true : null
    })
  }

  /** Runs argv on the host as root, whatever its network is doing. */
  exec(argv: readonly string[], options: RunOptions = {}): Promise<Ran> {
    return this.chassis.exec(argv, { timeoutMs: EXEC_TIMEOUT_MS, ...options })
  }

  /** Like exec with `sh -c`, but throws when the command fails. Returns its standard output. */
  async sh(command: string, options: RunOptions = {}): Promise<string> {
    const ran = await this.exec(['sh', '-c', command], options)
    if (ran.code === 0) return ran.stdout
    throw new Error(`${this.name}: "${command}" ended with ${ran.code}: ${ran.stderr.trim() || ran.stdout.trim()}`)
  }

  shellArgv(command: readonly string[]): string[] {
    return this.chassis.shellArgv(command)
  }

  async bootId(): Promise<string> {
    return (await this.sh('cat /proc/sys/kernel/random/boot_id')).trim()
  }

  async fingerprints(): Promise<Fingerprint[]> {
    const listed = await this.sh('for f in /etc/ssh/ssh_host_*_key.pub; do ssh-keygen -lf $f; done')
    return listed
      .trim()
      .split('\n')
      .map((line) => {
        const fields = line.split(' ')
        return { sha256: fields[1] ?? '', type: (fields.at(-1) ?? '').replace(/[()]/g, '').toLowerCase() }
      })
  }

  /** `ssh: false` only waits until the next boot has begun. */
  async reboot({ ssh = true }: { ssh?: boolean } = {}): Promise<void> {
    await this.chassis.reboot()
    await this.chassis.booted()
    if (ssh) await this.waitForSsh()
  }

  async powerOff(): Promise<void> {
    await this.exec(['systemctl', 'poweroff'])
    await this.#off()
  }

  /** As if the plug was pulled: nothing is stopped, nothing is flushed. */
  async powerCut(): Promise<void> {
    this.chassis.powerCut()
    await this.#off()
  }

  async #off(): Promise<void> {
    await this.chassis.files.waitForOff(this.chassis.bootTimeoutMs)
    await this.chassis.wentOff()
  }

  /** `ssh: false` does not wait for SSH, for a host that can't be reached that way. */
  async powerOn({ ssh = true }: { ssh?: boolean } = {}): Promise<void> {
    await this.chassis.files.pressPower()
    await this.chassis.booted()
    if (ssh) await this.waitForSsh()
  }

  /** Pulls or plugs the cable of a NIC (`enp1s0`); it stays so over reboots. */
  async carrier(nic: string, to: Carrier): Promise<void> {
    const number = Number(/^enp(\d+)s0$/.exec(nic)?.[1])
    if (!(number >= 1 && number <= this.record.nics)) throw new Error(`${this.name} has no ${nic}`)
    this.chassis.files.setUnplugged(number, to)
    await this.chassis.setCarrier(number, to)
  }

  /** Until freeDisk, writing anything on the host fails with ENOSPC. */
  fillDisk(): Promise<void> {
    return this.chassis.fillDisk()
  }

  freeDisk(): Promise<void> {
    return this.chassis.freeDisk()
  }

  /** Gives the host new SSH host keys, as a reinstallation would. */
  async rekey(): Promise<Fingerprint[]> {
    await this.sh('rm -f /etc/ssh/ssh_host_* && ssh-keygen -q -A && systemctl restart ssh')
    await this.waitForSsh()
    return this.fingerprints()
  }

  /** Sessions that are open stay open. */
  async sshd(to: 'start' | 'stop'): Promise<void> {
    await this.sh(`systemctl ${to} ssh`)
    if (to === 'start') await this.waitForSsh()
  }

  /** Defines and starts a guest through the host's libvirt; resolves when it answers pings. */
  addGuest(spec: GuestSpec = {}): Promise<LabGuest> {
    return bootGuest(this.#lab, this, spec)
  }

  async remove(): Promise<void> {
    await expectOk([script('remove-host.sh'), this.chassis.files.dir])
    rmSync(join(labDir(this.#lab.id), 'octets', String(this.record.octet)), { force: true })
  }
}

function sshAnswers(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port: 22 })
    const finish = (answered: boolean) => {
      socket.destroy()
      resolve(answered)
    }
    // Long for a LAN, short for a whole machine under emulation.
    socket.setTimeout(3000, () => finish(false))
    socket.on('error', () => finish(false))
    socket.on('end', () => finish(false))
    socket.on('data', (chunk) => finish(chunk.toString('latin1').startsWith('SSH-2.0')))
  })
}
