import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  beginChange,
  confirmChange,
  pendingOn,
  readHistory,
  readMarker,
  undoChange,
  type ChangeFailure,
} from '../../lib/host/commit.ts'
import type { Result } from '../../lib/kit/result.ts'
import type { HostChange, HostMarker } from '../../lib/net/change.ts'
import { probeHostKeys } from '../../lib/ssh/probe.ts'
import { openSession, type Session } from '../../lib/ssh/session.ts'
import type { HostTarget } from '../../lib/ssh/target.ts'
import { labSession } from '../harness/lab-session.ts'
import type { LabHost } from '../lab/host.ts'
import type { Lab } from '../lab/lab.ts'
import { waitUntil } from '../lab/process.ts'
import { addTap, bridgeChange, interfacesFile, newToken, tap, vmBridge } from './bridge-change.ts'

export type Configuration = 'old' | 'new'
export type Answer = Result<HostMarker, ChangeFailure>

/** Owner, mode and an extended attribute that a careless restore would lose. */
const dress = `chown root:adm ${interfacesFile}; chmod 640 ${interfacesFile}; python3 -c 'import os; os.setxattr("${interfacesFile}", "trusted.lab", b"1")'`
const dressed = `stat -c '%U:%G %a' ${interfacesFile}; python3 -c 'import os; print(os.getxattr("${interfacesFile}", "trusted.lab").decode())'`

export const windowSeconds = 6

/** One ifupdown host and one change of it, for faults to be done to; and the judge of what became of both. */
export class Rig {
  readonly lab: Lab
  readonly host: LabHost
  readonly #original: string
  #target: HostTarget | null = null
  change: HostChange
  token = ''
  tokenSha256 = ''

  private constructor(lab: Lab, host: LabHost, original: string, change: HostChange) {
    this.lab = lab
    this.host = host
    this.#original = original
    this.change = change
  }

  static async make(lab: Lab): Promise<Rig> {
    const host = await lab.addHost({ flavour: 'ifupdown' })
    await host.sh(dress)
    const original = await host.sh(`cat ${interfacesFile}`)
    const rig = new Rig(lab, host, original, await bridgeChange(host))
    await rig.plan()
    return rig
  }

  /** A fresh change with a fresh token; the host must be in its old state. */
  async plan(overrides: Partial<HostChange> = {}): Promise<HostChange> {
    await addTap(this.host)
    this.change = await bridgeChange(this.host, { windowSeconds, ...overrides })
    const { token, tokenSha256 } = newToken()
    this.token = token
    this.tokenSha256 = tokenSha256
    return this.change
  }

  /** The pinned keys are those of the first call, as the product does it. */
  async target(user = 'root'): Promise<HostTarget> {
    const { address, keyPath } = this.host
    this.#target ??= {
      id: address,
      address,
      port: 22,
      user,
      credential: { kind: 'key', privateKey: readFileSync(keyPath, 'utf8') },
      pinned: (await probeHostKeys({ address, port: 22 })).keys.map(({ fingerprint }) => fingerprint),
      jump: null,
    }
    return { ...this.#target, user }
  }

  forgetKeys(): void {
    this.#target = null
  }

  connect = async (user = 'root') => openSession(await this.target(user), { timeoutMs: 4000 })

  /** A new connection for one thing. */
  async over<T>(act: (session: Session) => Promise<T>, user = 'root'): Promise<T> {
    const opened = await this.connect(user)
    if (!opened.ok) throw new Error(opened.error.title)
    try {
      return await act(opened.value)
    } finally {
      opened.value.close()
    }
  }

  /** The same on another host of the lab. */
  atOther = async <T>(host: LabHost, act: (session: Session) => Promise<T>): Promise<T> => {
    await using session = await labSession(host)
    return await act(session.value)
  }

  begin = (user = 'root'): Promise<Answer> =>
    this.over((session) => beginChange(session, this.change, this.tokenSha256), user)
  confirm = (token = this.token): Promise<Answer> =>
    this.over((session) => confirmChange(session, this.change.id, token))
  undo = (): Promise<Answer> => this.over((session) => undoChange(session, this.change.id))
  marker = (): Promise<Answer> => this.over((session) => readMarker(session, this.change.id))

  /** Begins, and throws with the host's sentence if that is refused. */
  async mustBegin(): Promise<void> {
    const begun = await this.begin()
    if (!begun.ok) throw new Error(`begin: ${begun.error.code}: ${begun.error.title} ${begun.error.detail ?? ''}`)
  }

  async mustConfirm(): Promise<void> {
    const answer = await this.confirm()
    if (!answer.ok || answer.value.state !== 'kept') throw new Error(`confirm: ${JSON.stringify(answer)}`)
  }

  /** Until it is applied and waits for a yes, seen past the network. */
  async verified(timeoutMs = 15_000): Promise<void> {
    await waitUntil('the change to be applied', timeoutMs, async () => {
      const found = await this.host.sh(
        this.#glob('txn', '{verified,rolling.*}') + this.#glob('history', '{kept,reverted.*}'),
      )
      if (found.includes('verified')) return true
      if (found.includes('rolling') || found.includes('history')) throw new Error(await this.journal())
      return null
    })
  }

  async untilStep(number: number): Promise<void> {
    await waitUntil(`step ${number}`, 15_000, async () =>
      (await this.host.sh(`cat /var/lib/drawbridge/txn/${this.change.id}/step 2>/dev/null || true`)).startsWith(
        `${number}/`,
      )
        ? true
        : null,
    )
  }

  #glob = (place: 'txn' | 'history', names: string): string =>
    names
      .replaceAll(/[{}]/g, '')
      .split(',')
      .map((name) => `ls -d /var/lib/drawbridge/${place}/${this.change.id}/${name} 2>/dev/null;`)
      .join(' ') + ' true;'

  journal = (): Promise<string> =>
    this.host.sh(`cat /var/lib/drawbridge/*/${this.change.id}/journal 2>/dev/null || echo 'no journal'`)

  /** What the kernel and the files are, each by its own evidence, without the engine's word for it. */
  async present(): Promise<{ runtime: string; files: string }> {
    const { address, address6 } = this.host.record
    const has = async (link: string) => {
      const shown = await this.host.sh(`ip -o addr show dev ${link} 2>/dev/null; ip route show default; true`)
      return [`inet ${address}/24`, `inet6 ${address6}/64`, `dev ${link}`].every((part) => shown.includes(`${part} `))
    }
    const master = (await this.host.sh('readlink /sys/class/net/enp1s0/master || true')).trim().split('/').at(-1)
    const isBridge = (await this.host.sh('ls /sys/class/net')).split('\n').includes('br0')
    const isUp = (await this.host.sh('ip -o link show dev enp1s0')).includes(',UP')
    const evidence = { onNic: await has('enp1s0'), onBridge: isBridge && (await has('br0')), master, isBridge, isUp }
    const runtime =
      evidence.onNic && !isBridge && master === '' && isUp
        ? 'old'
        : evidence.onBridge && !(await this.#nicHasAddress()) && master === 'br0'
          ? 'new'
          : JSON.stringify(evidence)
    const content = await this.host.sh(`cat ${interfacesFile}`)
    const attributes = await this.host.sh(dressed)
    const files =
      attributes !== 'root:adm 640\n1\n'
        ? `attributes lost: ${attributes}`
        : content === this.#original
          ? 'old'
          : content === this.change.files[0]?.after
            ? 'new'
            : content
    return { runtime, files }
  }

  #nicHasAddress = async () =>
    (await this.host.sh('ip -o -4 addr show dev enp1s0')).includes(` ${this.host.record.address}/`)

  /** The marker in the history, once there is one: `kept`, `reverted.timeout.complete`, … */
  decided(timeoutMs = 30_000): Promise<string> {
    return waitUntil('the host to decide', timeoutMs, async () => {
      const found = await this.host.sh(this.#glob('history', '{kept,reverted.*}'))
      return found.trim().split('/').at(-1) || null
    }).catch(async (error: Error) => {
      const files = await this.host.sh('ls -la /var/lib/drawbridge/ /var/lib/drawbridge/*/* || true')
      throw new Error(`${error.message}\n${await this.journal()}\n${files}`)
    })
  }

  /** It never came to a change: once somebody has looked, there is no trace of it. */
  async unbegun(): Promise<'old'> {
    await this.over(pendingOn)
    const found = { ...(await this.present()), left: await this.leftovers() }
    if (found.runtime !== 'old' || found.files !== 'old' || found.left !== '') throw new Error(JSON.stringify(found))
    return 'old'
  }

  /** All processes of the host stand still, as in a suspend, or go on. */
  freeze(isFrozen: boolean): void {
    writeFileSync(join(this.lab.record.cgroup, `${this.host.name}.host`, 'cgroup.freeze'), isFrozen ? '1' : '0')
  }

  /** What is on the host and should not be, once all is decided. */
  async leftovers(): Promise<string> {
    const look = [
      "find /etc -name '.drawbridge*' -o -name 'drawbridge-restore*'",
      'find /var/lib/drawbridge -mindepth 1 -maxdepth 1 ! -name history ! -name lock 2>/dev/null',
      'find /run/drawbridge -mindepth 1 2>/dev/null',
      // Once loaded, systemd remembers a unit without a file until it is reloaded; it is asked for here by its file alone.
      "systemctl list-units --all --plain --no-legend 'drawbridge-*' | grep -v 'drawbridge-restore.service *loaded *inactive'",
      "pgrep -af '[/]commit-[0-9a-f]{64}'",
    ]
    return (await this.host.sh(`${look.join('; ')}; true`)).trim()
  }

  /**
   * Until the host has decided by itself, then all of the invariant: runtime = files = next boot = what the engine
   * says, taps kept, nothing left over. Returns which of the two it is.
   */
  async end(expected?: Configuration, { timeoutMs = 30_000, reboot = true } = {}): Promise<Configuration> {
    const decided = await this.decided(timeoutMs)
    const isKept = decided === 'kept'
    const outcome = isKept ? 'new' : 'old'
    const left = await waitUntil('nothing to be left over', 5000, async () =>
      (await this.leftovers()) === '' ? '' : null,
    ).catch(() => this.leftovers())
    const taps = (await this.host.sh(`readlink /sys/class/net/${tap}/master || true`)).trim().split('/').at(-1)
    const told = await this.marker()
    const said = told.ok ? told.value.state : told.error.title
    const complete = told.ok && told.value.state === 'reverted' ? told.value.complete : true
    const found = { ...(await this.present()), taps, said, complete, left, expected: expected ?? outcome }
    const wanted = {
      runtime: outcome,
      files: outcome,
      taps: vmBridge,
      said: isKept ? 'kept' : 'reverted',
      complete: true,
      left: '',
      expected: outcome,
    }
    if (JSON.stringify(found) !== JSON.stringify(wanted))
      throw new Error(`${JSON.stringify(found, null, 1)}\nis not\n${JSON.stringify(wanted)}\n${await this.journal()}`)
    if (reboot) await this.nextBoot(outcome)
    return outcome
  }

  /** Restarts the host: it must come up as it is. */
  async nextBoot(expected: Configuration): Promise<void> {
    await this.host.reboot()
    await waitUntil(`the next boot to be ${expected}`, 10_000, async () => {
      const { runtime, files } = await this.present()
      return runtime === expected && files === expected ? true : null
    }).catch(async () => {
      throw new Error(`after the next boot: ${JSON.stringify(await this.present())}, not ${expected}`)
    })
  }

  /** A refused change leaves no trace, and the host as it was. */
  untouched(answer: Answer, code: ChangeFailure['code']): Promise<'old'> {
    this.refused(answer, code)
    return this.unbegun()
  }

  refused(answer: Answer, code: ChangeFailure['code']): void {
    if (answer.ok || answer.error.code !== code || answer.error.title.length < 15)
      throw new Error(`expected a refusal (${code}), got ${JSON.stringify(answer)}`)
  }

  history = async (): Promise<string[]> => {
    const lines = await this.over((session) => readHistory(session, this.change.id))
    return lines.ok ? lines.value : [lines.error.title]
  }

  /** Whatever stands there, back to the old state. */
  async reset(): Promise<void> {
    if (this.host.state() === 'off') await this.host.powerOn({ ssh: false })
    await this.host.freeDisk().catch(() => {})
    const { runtime, files } = await this.present()
    const isClean = runtime === 'old' && files === 'old' && (await this.leftovers()) === ''
    if (!isClean) {
      await this.host.exec(['sh', '-c', 'umount /etc /var/lib; true'])
      await this.host.exec(['tee', interfacesFile], { stdin: this.#original })
      await this.host.sh(
        `${dress}; rm -rf /var/lib/drawbridge /etc/systemd/system/drawbridge-restore.service /etc/systemd/system/*/drawbridge-restore.service; find /etc -name '.drawbridge*' -delete`,
      )
      await this.host.reboot()
      await waitUntil('the old state', 15_000, async () => ((await this.present()).runtime === 'old' ? true : null))
    }
    await this.host.sh('rm -rf /var/lib/drawbridge')
  }
}
