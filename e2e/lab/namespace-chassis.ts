import { existsSync, statSync } from 'node:fs'
import { expectOk, isAlive, run, script, startDetached, waitUntil, type Ran, type RunOptions } from './process.ts'
import { labName, type LabRecord } from './runtime.ts'
import { HostFiles, type Carrier, type Chassis } from './chassis.ts'
import type { HostRecord } from './host-spec.ts'

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** Tier 1: systemd in namespaces of its own, over an overlay of the one root file system. */
export class NamespaceChassis implements Chassis {
  readonly files: HostFiles
  readonly bootTimeoutMs = 60_000
  readonly #lab: LabRecord

  constructor(lab: LabRecord, record: HostRecord) {
    this.#lab = lab
    this.files = new HostFiles(lab, record)
  }

  start(): void {
    startDetached([script('keeper.sh'), this.files.dir], this.files.consolePath)
  }

  exec(argv: readonly string[], options: RunOptions = {}): Promise<Ran> {
    return run(this.shellArgv(argv), options)
  }

  shellArgv(command: readonly string[]): string[] {
    const { pid } = this.files.running()
    // What is run on a host must never run on the machine instead.
    if (statSync(`/proc/${pid}/root/`).dev === statSync('/').dev) throw new Error('the host has no root of its own yet')
    const environment = [`PATH=${PATH}`, 'HOME=/root', 'LANG=C.UTF-8', `TERM=${process.env['TERM'] ?? 'dumb'}`]
    return ['nsenter', '-t', String(pid), '-a', '--wdns=/root', 'env', '-i', ...environment, ...command]
  }

  admitsLogins(): Promise<boolean> {
    const mark = this.files.mark()
    return Promise.resolve(mark !== null && !existsSync(`/proc/${mark.pid}/root/run/nologin`))
  }

  async reboot(): Promise<void> {
    const before = this.files.running()
    await this.exec(['systemctl', 'reboot'])
    await waitUntil(`${this.files.record.name} to reboot`, this.bootTimeoutMs, () => (isAlive(before) ? null : true))
  }

  /** The kernel kills all of a pid namespace with its first process. */
  powerCut(): void {
    process.kill(this.files.running().pid, 'SIGKILL')
  }

  /** A network namespace outlives its processes for as long as the kernel takes, and its addresses answer pings. */
  async wentOff(): Promise<void> {
    const { name, nics } = this.files.record
    for (let nic = 1; nic <= nics; nic++)
      await run(['ip', '-n', labName(this.#lab.id), 'link', 'del', `${name}-${nic}`])
  }

  /** Nothing to do: each boot makes new cables, and leaves those down that were pulled. */
  booted(): Promise<void> {
    return Promise.resolve()
  }

  async setCarrier(nic: number, to: Carrier): Promise<void> {
    await expectOk(['ip', '-n', labName(this.#lab.id), 'link', 'set', `${this.files.record.name}-${nic}`, to])
  }

  async fillDisk(): Promise<void> {
    await expectOk([script('disk.sh'), this.files.dir, 'fill'])
  }

  async freeDisk(): Promise<void> {
    await expectOk([script('disk.sh'), this.files.dir, 'free'])
  }
}
