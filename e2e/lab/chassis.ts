import { closeSync, constants, existsSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { isAlive, waitUntil, type ProcessMark, type Ran, type RunOptions } from './process.ts'
import { labDir, type LabRecord } from './runtime.ts'
import type { HostRecord } from './host-spec.ts'

export type Carrier = 'up' | 'down'

/** What a host is made of, as far as its power, cables and disk go. All of it acts from outside, past its network. */
export type Chassis = {
  readonly files: HostFiles
  readonly bootTimeoutMs: number
  /** Begins the first boot. */
  start(): void
  /** Runs argv as root on the host. */
  exec(argv: readonly string[], options?: RunOptions): Promise<Ran>
  /** What a terminal has to run to get a root shell, or a command's output, from the host. */
  shellArgv(command: readonly string[]): string[]
  /** False while the host still turns ordinary users away because it is booting. */
  admitsLogins(): Promise<boolean>
  /** Resolves when the next boot has begun. */
  reboot(): Promise<void>
  powerCut(): void
  /** Sees to it that nothing of a host that is off answers any more. */
  wentOff(): Promise<void>
  /** Sets cables again that were pulled before this boot. */
  booted(): Promise<void>
  setCarrier(nic: number, to: Carrier): Promise<void>
  fillDisk(): Promise<void>
  freeDisk(): Promise<void>
}

/** The directory by which a host, its keeper and any process that deals with it know of each other. */
export class HostFiles {
  readonly dir: string
  readonly record: HostRecord

  constructor(lab: LabRecord, record: HostRecord) {
    this.record = record
    this.dir = join(labDir(lab.id), 'hosts', record.name)
  }

  path(name: string): string {
    return join(this.dir, name)
  }

  get consolePath(): string {
    return this.path('console.log')
  }

  /** `running`, `off`, or `failed: …` */
  state(): string {
    try {
      return readFileSync(this.path('state'), 'utf8').trim()
    } catch {
      return 'off'
    }
  }

  /** The host's first process (tier 2: its QEMU), or null when it isn't running. */
  mark(): ProcessMark | null {
    try {
      const [pid, start] = readFileSync(this.path('init'), 'utf8').trim().split(' ')
      const mark = { pid: Number(pid), start: start ?? '' }
      return isAlive(mark) ? mark : null
    } catch {
      return null
    }
  }

  running(): ProcessMark {
    const mark = this.mark()
    if (mark === null) throw new Error(`${this.record.name} is not running (${this.state()}; see ${this.consolePath})`)
    return mark
  }

  async waitForOff(timeoutMs: number): Promise<void> {
    await waitUntil(`${this.record.name} to be off`, timeoutMs, () => (this.state() === 'off' ? true : null), 20)
  }

  /** Presses the power button of a host that is off; resolves when it is booting. */
  async pressPower(): Promise<void> {
    if (this.state() !== 'off') throw new Error(`${this.record.name} is already on`)
    // Without its keeper at the other end this fails at once instead of waiting for one.
    const power = openSync(this.path('power'), constants.O_WRONLY | constants.O_NONBLOCK)
    writeSync(power, 'on\n')
    closeSync(power)
    await waitUntil(`${this.record.name} to boot`, 30_000, () => (this.mark() === null ? null : true), 20)
  }

  isUnplugged(nic: number): boolean {
    return existsSync(this.path(`unplugged-${nic}`))
  }

  setUnplugged(nic: number, to: Carrier): void {
    if (to === 'down') writeFileSync(this.path(`unplugged-${nic}`), '')
    else rmSync(this.path(`unplugged-${nic}`), { force: true })
  }
}
