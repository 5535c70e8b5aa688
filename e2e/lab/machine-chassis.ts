import { randomBytes } from 'node:crypto'
import { script, startDetached, waitUntil, type Ran, type RunOptions } from './process.ts'
import { labDir, type LabRecord } from './runtime.ts'
import { HostFiles, type Carrier, type Chassis } from './chassis.ts'
import { openLines } from './socket-lines.ts'
import type { HostRecord } from './host-spec.ts'

const hex = (text: string): string => Buffer.from(text).toString('hex')
const unhex = (text: string): string => Buffer.from(text, 'hex').toString()

/** Tier 2: a whole machine under QEMU, with a kernel of its own. */
export class MachineChassis implements Chassis {
  readonly files: HostFiles
  // Emulated, and it shares the cores with whatever else runs here: 25 s when it has them for itself.
  readonly bootTimeoutMs = 240_000
  readonly #lab: LabRecord

  constructor(lab: LabRecord, record: HostRecord) {
    this.#lab = lab
    this.files = new HostFiles(lab, record)
  }

  start(): void {
    startDetached([script('machine-keeper.sh'), this.files.dir], this.files.consolePath)
  }

  /** Over a virtio port to a small agent in the machine, which answers requests one after the other. */
  async exec(argv: readonly string[], options: RunOptions = {}): Promise<Ran> {
    this.files.running()
    const timeoutMs = options.timeoutMs ?? this.bootTimeoutMs
    const deadline = Date.now() + timeoutMs
    const port = await openLines(this.files.path('exec.sock'))
    try {
      const id = randomBytes(6).toString('hex')
      // What is written before the agent has the port open is lost, so knock until it answers.
      await waitUntil(`${this.files.record.name}'s agent`, timeoutMs, async () => {
        port.send(`\n${id}k hello`)
        return port.expect('the agent', 500, (line) => (line.startsWith(`${id}k `) ? true : null)).catch(() => null)
      })
      const seconds = Math.max(1, Math.ceil((deadline - Date.now()) / 1000))
      port.send([id, 'run', seconds, hex(options.stdin ?? '') || '-', ...argv.map(hex)].join(' '))
      return await port.expect(argv.join(' '), seconds * 1000 + 5000, (line) => {
        const [answers, code, stdout, stderr] = line.split(' ')
        return answers === id ? { code: Number(code), stdout: unhex(stdout ?? ''), stderr: unhex(stderr ?? '') } : null
      })
    } finally {
      port.close()
    }
  }

  shellArgv(command: readonly string[]): string[] {
    const options = [
      '-F',
      'none',
      '-o',
      'StrictHostKeyChecking=no',
      '-o',
      'UserKnownHostsFile=/dev/null',
      '-o',
      'LogLevel=ERROR',
    ]
    const quoted = command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`)
    return ['ssh', ...options, '-i', `${labDir(this.#lab.id)}/key`, `root@${this.files.record.address}`, ...quoted]
  }

  async admitsLogins(): Promise<boolean> {
    return (await this.exec(['test', '!', '-e', '/run/nologin'])).code === 0
  }

  async reboot(): Promise<void> {
    const bootId = async () => (await this.exec(['cat', '/proc/sys/kernel/random/boot_id'], { timeoutMs: 5000 })).stdout
    const before = await bootId()
    await this.exec(['systemctl', 'reboot'])
    await waitUntil(`${this.files.record.name} to reboot`, this.bootTimeoutMs, async () => {
      const now = await bootId().catch(() => before)
      return now === before ? null : true
    })
  }

  powerCut(): void {
    process.kill(this.files.running().pid, 'SIGKILL')
  }

  wentOff(): Promise<void> {
    return Promise.resolve()
  }

  /** A new QEMU has all its cables in. */
  async booted(): Promise<void> {
    for (let nic = 1; nic <= this.files.record.nics; nic++) {
      if (this.files.isUnplugged(nic)) await this.setCarrier(nic, 'down')
    }
  }

  async setCarrier(nic: number, to: Carrier): Promise<void> {
    await this.#monitor(`set_link n${nic} ${to === 'up' ? 'on' : 'off'}`)
  }

  async fillDisk(): Promise<void> {
    const fill = 'fallocate -l $(df --output=avail -B1 / | tail -1) /filler; cat /dev/zero >>/filler 2>/dev/null; sync'
    await this.exec(['sh', '-c', fill])
  }

  async freeDisk(): Promise<void> {
    await this.exec(['sh', '-c', 'rm -f /filler; sync'])
  }

  /** The whole machine as it is now: memory, disk, open connections. */
  async saveState(tag: string): Promise<void> {
    await this.exec(['sync'])
    await this.#monitor(`savevm ${tag}`)
  }

  async loadState(tag: string): Promise<void> {
    await this.#monitor(`loadvm ${tag}`)
    // It believes that no time has passed.
    await this.exec(['date', '-s', `@${Math.floor(Date.now() / 1000)}`])
  }

  async #monitor(command: string): Promise<void> {
    const socket = await waitUntil('the monitor', 10_000, () =>
      openLines(this.files.path('monitor.sock')).catch(() => null),
    )
    const answer = async (): Promise<unknown> =>
      socket.expect(command, 120_000, (line) => {
        const message = JSON.parse(line) as { return?: unknown; error?: { desc: string } }
        if (message.error !== undefined) throw new Error(`${command}: ${message.error.desc}`)
        return 'return' in message ? message.return : null
      })
    try {
      socket.send(JSON.stringify({ execute: 'qmp_capabilities' }))
      await answer()
      socket.send(JSON.stringify({ execute: 'human-monitor-command', arguments: { 'command-line': command } }))
      // The human's commands have no other way to fail than to say something.
      const said = String(await answer()).trim()
      if (said !== '') throw new Error(`${command}: ${said}`)
    } finally {
      socket.close()
    }
  }
}
