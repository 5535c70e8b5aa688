import type { Step } from '../../lib/net/change.ts'
import { beginChange, confirmChange, undoChange } from '../../lib/host/commit.ts'
import { waitUntil } from '../lab/process.ts'
import { addTap, interfacesFile } from './bridge-change.ts'
import { pause, type Fault } from './fault.ts'
import type { Rig } from './rig.ts'

const section = 'Host'
const slow = (seconds: number): Step => ({ kind: 'run', argv: ['sleep', String(seconds)], timeoutSeconds: seconds + 5 })
const fail: Step = { kind: 'run', argv: ['false'], timeoutSeconds: 5 }

const readOnly = (path: string) => `mount --bind ${path} ${path} && mount -o remount,bind,ro ${path}`

/** Its processes run for 5 of each 100 ms until the answer is called. */
function slowDown(rig: Rig): () => Promise<void> {
  const stop = new AbortController()
  const braking = (async () => {
    while (!stop.signal.aborted) {
      rig.freeze(true)
      await pause(95)
      rig.freeze(false)
      await pause(5)
    }
  })()
  return () => (stop.abort(), braking)
}

/** Its VM is started again after a boot, so that its port is judged too. */
async function afterBoot(rig: Rig) {
  await addTap(rig.host)
  return rig.end('old')
}

export const hostFaults: Fault[] = [
  {
    number: 20,
    name: 'reboot in the window',
    section,
    short: true,
    how: 'systemctl reboot once the change is applied, with a minute left',
    run: async (rig) => {
      await rig.plan({ windowSeconds: 60 })
      await rig.mustBegin()
      await rig.verified()
      await rig.host.reboot()
      const told = await rig.marker()
      if (!told.ok || told.value.state !== 'reverted' || !told.value.reason.includes('restarted'))
        throw new Error(JSON.stringify(told))
      return afterBoot(rig)
    },
  },
  {
    number: 21,
    name: 'power cut during the snapshot',
    section,
    how: 'the power is cut while the change is being prepared; nothing was touched, and nothing stays',
    run: async (rig) => {
      await rig.plan({ check: [slow(3)] })
      const begun = rig.begin().catch(() => null)
      await pause(900)
      await rig.host.powerCut()
      await begun
      await rig.host.powerOn()
      return rig.unbegun()
    },
  },
  {
    number: 22,
    name: 'power cut while it is being kept',
    section,
    short: true,
    how: 'three rounds: the power is cut 0, 20 and 60 ms after the token was sent; what stands after the boot must be what the marker says (memory stands in for the disk here: whether fsync reached the platter is not seen)',
    run: async (rig) => {
      let end: 'old' | 'new' = 'old'
      for (const ms of [0, 20, 60]) {
        await rig.reset()
        await rig.plan({ windowSeconds: 60 })
        await rig.mustBegin()
        await rig.verified()
        const opened = await rig.connect()
        if (!opened.ok) throw new Error(opened.error.title)
        const answer = confirmChange(opened.value, rig.change.id, rig.token)
        await pause(ms)
        await rig.host.powerCut()
        opened.value.close()
        const told = await answer
        await rig.host.powerOn()
        await addTap(rig.host)
        end = await rig.end()
        // Once told, it is so.
        if (told.ok && told.value.state === 'kept' && end !== 'new') throw new Error('kept was said and then forgotten')
      }
      return end
    },
  },
  {
    number: 23,
    name: 'power cut during the rollback',
    section,
    short: true,
    how: 'the power is cut within the commands that undo the change',
    run: async (rig) => {
      await rig.plan({ windowSeconds: 60, undo: [slow(4), ...rig.change.undo] })
      await rig.mustBegin()
      await rig.verified()
      await rig.undo()
      await pause(2500)
      await rig.host.powerCut()
      await rig.host.powerOn()
      return afterBoot(rig)
    },
  },
  {
    number: 24,
    name: 'kill -9 of the watchdog',
    section,
    short: true,
    how: 'three times while it waits, and once more in the middle of the rollback',
    run: async (rig) => {
      const kill = () => rig.host.sh("pkill -KILL -f '[c]ommit-[0-9a-f]*.sh watch'")
      await rig.plan({ undo: [slow(3), ...rig.change.undo] })
      await rig.mustBegin()
      await rig.verified()
      for (let round = 0; round < 3; round++) {
        await kill()
        await pause(900)
      }
      await waitUntil('the rollback to begin', 10_000, async () =>
        (await rig.journal()).includes('undo: sleep') ? true : null,
      )
      await kill()
      return rig.end('old')
    },
  },
  {
    number: 25,
    name: 'a storm of daemon-reload',
    section,
    how: 'systemd is reloaded without pause in the window; the deadline does not slide',
    run: async (rig) => {
      await rig.mustBegin()
      const since = Date.now()
      const storm = rig.host.sh('for i in $(seq 30); do systemctl daemon-reload; done')
      await rig.decided()
      const seconds = (Date.now() - since) / 1000
      await storm
      if (seconds > 14) throw new Error(`the deadline slid: ${seconds} s instead of 6 s and the rollback`)
      return rig.end('old')
    },
  },
  {
    number: 26,
    name: 'the apply service is killed for lack of memory',
    section,
    short: true,
    how: 'SIGKILL to all of its processes in the middle of a step, as the OOM killer sends it; not at the deadline but at once',
    run: async (rig) => {
      await rig.plan({
        windowSeconds: 60,
        apply: [...rig.change.apply.slice(0, 3), slow(20), ...rig.change.apply.slice(3)],
      })
      await rig.mustBegin()
      await rig.untilStep(4)
      await rig.host.sh(`systemctl kill --kill-who=all -s KILL drawbridge-apply-${rig.change.id}`)
      return rig.end('old', { timeoutMs: 20_000 })
    },
  },
  {
    number: 27,
    name: 'the disk is full at the snapshot',
    section,
    short: true,
    how: 'every write fails with ENOSPC before the change is begun',
    run: async (rig) => {
      await rig.host.fillDisk()
      const answer = await rig.begin()
      await rig.host.freeDisk()
      return rig.untouched(answer, 'preflight')
    },
  },
  {
    number: 28,
    name: 'the disk is full when the files are to be written',
    section,
    how: 'filled between the snapshot and the first file',
    run: async (rig) => {
      await rig.plan({ windowSeconds: 20, apply: [slow(3), ...rig.change.apply] })
      await rig.mustBegin()
      await rig.host.fillDisk()
      await rig.decided()
      await rig.host.freeDisk()
      return rig.end('old')
    },
  },
  {
    number: 29,
    name: 'the disk is full at the rollback',
    section,
    short: true,
    how: 'filled in the window: what was saved is put back by rename',
    run: async (rig) => {
      await rig.mustBegin()
      await rig.verified()
      await rig.host.fillDisk()
      await rig.decided()
      await rig.host.freeDisk()
      return rig.end('old')
    },
  },
  {
    number: 30,
    name: '/etc is read-only',
    section,
    how: 'a read-only mount before the change is begun',
    run: async (rig) => {
      await rig.host.sh(readOnly('/etc'))
      const answer = await rig.begin()
      await rig.host.sh('umount /etc')
      return rig.untouched(answer, 'preflight')
    },
  },
  {
    number: 31,
    name: '/etc turns read-only midway',
    section,
    how: 'after the new files were written; the network comes back at once, the files as soon as they can be written',
    run: async (rig) => {
      await rig.plan({
        windowSeconds: 30,
        apply: [...rig.change.apply, slow(3), fail],
        expect: [{ kind: 'link', link: 'nowhere' }],
      })
      await rig.mustBegin()
      await rig.untilStep(6)
      await rig.host.sh(readOnly('/etc'))
      await waitUntil('the runtime to be as before', 30_000, async () => {
        const { runtime } = await rig.present()
        return runtime === 'old' ? true : null
      })
      await waitUntil('the host to say why it is not done', 20_000, async () => {
        const told = await rig.marker()
        return told.ok && told.value.state === 'rolling-back' && told.value.reason.includes("can't be written")
          ? true
          : null
      })
      await rig.host.sh('umount /etc')
      return rig.end('old')
    },
  },
  {
    number: 32,
    name: '/var noexec, /run not writable',
    section,
    how: 'with /var/lib noexec a change is made and kept; with no room under /run it is refused',
    run: async (rig) => {
      await rig.host.sh('mkdir -p /run/drawbridge; mount -t tmpfs -o ro tmpfs /run/drawbridge')
      const answer = await rig.begin()
      await rig.host.sh('umount /run/drawbridge')
      await rig.untouched(answer, 'preflight')
      await rig.host.sh('mount --bind /var/lib /var/lib && mount -o remount,bind,noexec /var/lib')
      await rig.mustBegin()
      await rig.verified()
      await rig.mustConfirm()
      return rig.end('new')
    },
  },
  {
    number: 33,
    name: 'sudo is revoked',
    section,
    how: 'for a user who is not root: before, it is refused; in the window, nobody can say keep',
    run: async (rig) => {
      const revoke = () =>
        rig.host.sh('mkdir -p /root/sudo; mv /etc/sudoers.d/* /root/sudo/; deluser -q kvmadmin sudo || true')
      const give = () => rig.host.sh('mv /root/sudo/* /etc/sudoers.d/')
      await revoke()
      await rig.untouched(await rig.begin('kvmadmin'), 'ssh')
      await give()
      const begun = await rig.begin('kvmadmin')
      if (!begun.ok) throw new Error(begun.error.title)
      await rig.verified()
      await revoke()
      const { id } = rig.change
      rig.refused(await rig.over((session) => confirmChange(session, id, rig.token), 'kvmadmin'), 'ssh')
      rig.refused(await rig.over((session) => undoChange(session, id), 'kvmadmin'), 'ssh')
      await give()
      return rig.end('old')
    },
  },
  {
    number: 34,
    name: 'the clock jumps a day',
    section,
    how: 'the engine reads no wall clock but for the dates in its journal; deadlines are in /proc/uptime',
    skip: 'hosts of the lab share the clock of the machine that runs them',
  },
  {
    number: 35,
    name: 'suspended past the deadline',
    section,
    how: 'all processes of the host are frozen until the time is over, then go on; a yes that was under way does not count',
    run: async (rig) => {
      await rig.mustBegin()
      await rig.verified()
      const opened = await rig.connect()
      if (!opened.ok) throw new Error(opened.error.title)
      rig.freeze(true)
      const late = confirmChange(opened.value, rig.change.id, rig.token)
      await pause(7000)
      rig.freeze(false)
      const answer = await late
      opened.value.close()
      if (answer.ok && answer.value.state === 'kept') throw new Error('kept after the time was over')
      return rig.end('old')
    },
  },
  {
    number: 36,
    name: 'the host is 20 times slower',
    section,
    how: 'all its processes may run for 5 of each 100 ms, from beginning to keeping',
    run: async (rig) => {
      await rig.plan({ windowSeconds: 90, applySeconds: 60 })
      const opened = await rig.connect()
      if (!opened.ok) throw new Error(opened.error.title)
      const brake = slowDown(rig)
      try {
        const begun = await beginChange(opened.value, rig.change, rig.tokenSha256)
        if (!begun.ok) throw new Error(begun.error.title)
        await rig.verified(80_000)
        const kept = await confirmChange(opened.value, rig.change.id, rig.token)
        if (!kept.ok || kept.value.state !== 'kept') throw new Error(JSON.stringify(kept))
      } finally {
        await brake()
        opened.value.close()
      }
      return rig.end('new')
    },
  },
  {
    number: 37,
    name: 'the file may not be replaced',
    section,
    how: 'the file is a mount of its own, so that renaming over it fails as a policy would make it (there is no SELinux or AppArmor in the lab)',
    run: async (rig) => {
      await rig.plan({ windowSeconds: 30 })
      await rig.host.sh(`mount --bind ${interfacesFile} ${interfacesFile}`)
      await rig.mustBegin()
      await rig.decided()
      await rig.host.sh(`umount ${interfacesFile}`)
      return rig.end('old')
    },
  },
  {
    number: 38,
    name: 'no systemd',
    section,
    how: 'the mark by which systemd is known is taken away: watchdog and apply run as processes of their own, the boot hook is an init script; one round times out, one is killed and times out, one is kept (the hook is called by hand, the lab has no other init)',
    run: async (rig) => {
      const hide = () => rig.host.sh('mv /run/systemd/system /run/systemd/system.away')
      const show = () => rig.host.sh('mv /run/systemd/system.away /run/systemd/system')
      for (const round of ['time-out', 'kill'] as const) {
        await hide()
        await rig.mustBegin()
        await rig.verified()
        await rig.host.sh('test -x /etc/init.d/drawbridge-restore && test -L /etc/rcS.d/S00drawbridge-restore')
        if (round === 'kill') await rig.host.sh("pkill -KILL -f '[c]ommit-[0-9a-f]*.sh watch'")
        await rig.decided()
        await show()
        await rig.end('old', { reboot: false })
        await rig.plan()
      }
      await hide()
      await rig.mustBegin()
      await rig.verified()
      // In the same boot it has nothing to do.
      await rig.host.sh('/etc/init.d/drawbridge-restore start')
      await rig.mustConfirm()
      await show()
      return rig.end('new')
    },
  },
  {
    number: 39,
    name: 'a tool is missing',
    section,
    how: 'flock is not there; then a tool the change itself needs',
    run: async (rig) => {
      await rig.host.sh('mv /usr/bin/flock /usr/bin/flock.away')
      const answer = await rig.begin()
      await rig.host.sh('mv /usr/bin/flock.away /usr/bin/flock')
      await rig.untouched(answer, 'preflight')
      await rig.plan({ apply: [{ kind: 'run', argv: ['no-such-tool'], timeoutSeconds: 5 }] })
      return rig.untouched(await rig.begin(), 'preflight')
    },
  },
  {
    number: 40,
    name: 'a clone with the same machine-id',
    section,
    how: 'a second host with the machine-id of the first is asked to keep: it knows nothing of the change',
    run: async (rig) => {
      const clone = await rig.lab.addHost({ flavour: 'ifupdown' })
      try {
        await clone.exec(['tee', '/etc/machine-id'], { stdin: await rig.host.sh('cat /etc/machine-id') })
        const { id } = await rig.plan({ windowSeconds: 10 })
        await rig.mustBegin()
        await rig.verified()
        const told = await rig.atOther(clone, (session) => confirmChange(session, id, rig.token))
        rig.refused(told, 'decided')
        return await rig.end('old')
      } finally {
        await clone.remove()
      }
    },
  },
]
