import {
  closeSync,
  constants,
  existsSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import {
  expectOk,
  isAlive,
  run,
  script,
  startDetached,
  waitUntil,
  type ProcessMark,
  type Ran,
  type RunOptions,
} from './process.ts'
import { labDir, labName, type LabRecord } from './runtime.ts'
import { bootGuest, type GuestSpec, type LabGuest } from './guest.ts'

/** The password of root, kvmadmin and limited. sshd takes root's only with `rootPassword`, as Debian's does. */
export const LAB_PASSWORD = 'drawbridge-lab'
export const FLAVOURS = ['networkd', 'netplan', 'networkmanager', 'ifupdown', 'ifupdown2'] as const
export type Flavour = (typeof FLAVOURS)[number]

export type HostSpec = {
  name?: string
  flavour?: Flavour
  /** Come up with br0, enp1s0 as its port and the address on it, written in the flavour's own files. */
  bridge?: boolean
  /** enp1s0 (which carries SSH) … enpNs0, all on the lab's switch. */
  nics?: number
  /** `machine` hands in this machine's /dev/kvm as it is; `emulated` also lets `type='kvm'` domains run, as TCG. */
  kvm?: 'absent' | 'machine' | 'emulated'
  /** The most its changed files may take, in memory. */
  diskMib?: number
  rootPassword?: boolean
}

export type HostRecord = Required<HostSpec> & { octet: number; address: string; address6: string }
export type Fingerprint = { type: string; sha256: string }

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
const BOOT_TIMEOUT_MS = 60_000

/** One tier 1 host. Every verb acts on the host's power, cables or disk from outside, never through its SSH. */
export class LabHost {
  readonly record: HostRecord
  readonly #lab: LabRecord
  readonly #dir: string

  constructor(lab: LabRecord, record: HostRecord) {
    this.#lab = lab
    this.record = record
    this.#dir = join(labDir(lab.id), 'hosts', record.name)
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
  get consolePath(): string {
    return join(this.#dir, 'console.log')
  }

  /** `running`, `off`, or `failed: …` */
  state(): string {
    try {
      return readFileSync(join(this.#dir, 'state'), 'utf8').trim()
    } catch {
      return 'off'
    }
  }

  #init(): ProcessMark | null {
    try {
      const [pid, start] = readFileSync(join(this.#dir, 'init'), 'utf8').trim().split(' ')
      const mark = { pid: Number(pid), start: start ?? '' }
      return isAlive(mark) ? mark : null
    } catch {
      return null
    }
  }

  #running(): ProcessMark {
    const init = this.#init()
    if (init === null) throw new Error(`${this.name} is not running (${this.state()}; see ${this.consolePath})`)
    // What is run on a host must never run on the machine instead.
    if (statSync(`/proc/${init.pid}/root/`).dev === statSync('/').dev)
      throw new Error(`${this.name} has no root of its own yet`)
    return init
  }

  /** Starts the keeper of a host just described; the host is then booting. */
  start(): void {
    startDetached([script('keeper.sh'), this.#dir], this.consolePath)
  }

  /** Until sshd answers and logins are allowed. */
  async waitForSsh(timeoutMs = BOOT_TIMEOUT_MS): Promise<void> {
    await waitUntil(
      `${this.name} to answer SSH at ${this.address} (console: ${this.consolePath})`,
      timeoutMs,
      async () => {
        const state = this.state()
        if (state.startsWith('failed'))
          throw new Error(`${this.name} ${state}: ${readFileSync(this.consolePath, 'utf8')}`)
        const init = this.#init()
        if (init === null || existsSync(`/proc/${init.pid}/root/run/nologin`)) return null
        return (await sshBanner(this.address)) ? true : null
      },
    )
  }

  /** Runs argv on the host as root, whatever its network is doing. */
  exec(argv: readonly string[], options: RunOptions = {}): Promise<Ran> {
    return run(this.outOfBandArgv(argv), { timeoutMs: 120_000, ...options })
  }

  /** Like exec, but throws when the command fails. Returns its standard output. */
  sh(command: string, options: RunOptions = {}): Promise<string> {
    return expectOk(this.outOfBandArgv(['sh', '-c', command]), { timeoutMs: 120_000, ...options })
  }

  outOfBandArgv(argv: readonly string[]): string[] {
    const environment = [
      'env',
      '-i',
      `PATH=${PATH}`,
      'HOME=/root',
      'LANG=C.UTF-8',
      `TERM=${process.env['TERM'] ?? 'dumb'}`,
    ]
    return ['nsenter', '-t', String(this.#running().pid), '-a', '--wdns=/root', ...environment, ...argv]
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

  async reboot(): Promise<void> {
    const before = this.#running()
    await this.exec(['systemctl', 'reboot'])
    await waitUntil(`${this.name} to reboot`, BOOT_TIMEOUT_MS, () => (isAlive(before) ? null : true))
    await this.waitForSsh()
  }

  async powerOff(): Promise<void> {
    await this.exec(['systemctl', 'poweroff'])
    await this.#waitForOff()
  }

  /** As if the plug was pulled: nothing is stopped, nothing is flushed. */
  async powerCut(): Promise<void> {
    process.kill(this.#running().pid, 'SIGKILL')
    await this.#waitForOff()
  }

  async #waitForOff(): Promise<void> {
    await waitUntil(`${this.name} to be off`, BOOT_TIMEOUT_MS, () => (this.state() === 'off' ? true : null), 20)
  }

  /** `ssh: false` does not wait for SSH, for a host that can't be reached that way. */
  async powerOn({ ssh = true }: { ssh?: boolean } = {}): Promise<void> {
    if (this.state() !== 'off') throw new Error(`${this.name} is already on`)
    // Without its keeper at the other end this fails at once instead of waiting for one.
    const power = openSync(join(this.#dir, 'power'), constants.O_WRONLY | constants.O_NONBLOCK)
    writeSync(power, 'on\n')
    closeSync(power)
    await waitUntil(`${this.name} to boot`, BOOT_TIMEOUT_MS, () => (this.#init() === null ? null : true), 20)
    if (ssh) await this.waitForSsh()
  }

  /** Pulls or plugs the cable of a NIC (`enp1s0`) at the switch; it stays so over reboots. */
  async carrier(nic: string, to: 'up' | 'down'): Promise<void> {
    const number = Number(/^enp(\d+)s0$/.exec(nic)?.[1])
    if (!(number >= 1 && number <= this.record.nics)) throw new Error(`${this.name} has no ${nic}`)
    const flag = join(this.#dir, `unplugged-${number}`)
    if (to === 'down') writeFileSync(flag, '')
    else rmSync(flag, { force: true })
    await expectOk(['ip', '-n', labName(this.#lab.id), 'link', 'set', `${this.name}-${number}`, to])
  }

  /** Until freeDisk, writing anything on the host fails with ENOSPC. Costs no memory: the disk is shrunk, then filled. */
  async fillDisk(): Promise<void> {
    await expectOk([script('disk.sh'), this.#dir, 'fill'])
  }

  async freeDisk(): Promise<void> {
    await expectOk([script('disk.sh'), this.#dir, 'free'])
  }

  /** Gives the host new SSH host keys, as a reinstallation would. */
  async rekey(): Promise<Fingerprint[]> {
    await this.sh('rm -f /etc/ssh/ssh_host_* && ssh-keygen -q -A && systemctl restart ssh')
    await this.waitForSsh()
    return this.fingerprints()
  }

  async sshd(to: 'start' | 'stop'): Promise<void> {
    // ssh.socket would start it again; sessions that are open stay.
    await this.exec(['systemctl', to, 'ssh'])
    if (to === 'start') await this.waitForSsh()
  }

  addGuest(spec: GuestSpec = {}): Promise<LabGuest> {
    return bootGuest(this.#lab, this, spec)
  }

  async remove(): Promise<void> {
    await expectOk([script('remove-host.sh'), this.#dir])
    rmSync(join(labDir(this.#lab.id), 'octets', String(this.record.octet)), { force: true })
  }
}

function sshBanner(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port: 22 })
    const finish = (answered: boolean) => {
      socket.destroy()
      resolve(answered)
    }
    socket.setTimeout(1000, () => finish(false))
    socket.on('error', () => finish(false))
    socket.on('end', () => finish(false))
    socket.on('data', (chunk) => finish(chunk.toString('latin1').startsWith('SSH-2.0')))
  })
}
