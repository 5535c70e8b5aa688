import { spawn } from 'node:child_process'
import { connect, createServer, type Socket } from 'node:net'
import { once } from 'node:events'
import { beginChange, confirmChange, readMarker } from '../../lib/host/commit.ts'
import { openSession } from '../../lib/ssh/session.ts'
import type { Step } from '../../lib/net/change.ts'
import { newToken } from './bridge-change.ts'
import { pause, type Fault } from './fault.ts'
import { waitUntil } from '../lab/process.ts'
import type { Rig } from './rig.ts'

const section = 'Dashboard and link'
const slow = (seconds: number): Step => ({ kind: 'run', argv: ['sleep', String(seconds)], timeoutSeconds: seconds + 5 })

/** Ends every SSH session as a broken network would, seen from the host. The listener lives on. */
const cutSessions = (rig: Rig) => rig.host.sh("pkill -KILL -f '^sshd: [a-z]' || true")

const fails = async (rig: Rig, code: string) => {
  const opened = await rig.connect()
  if (opened.ok) {
    opened.value.close()
    throw new Error('the connection should have been refused')
  }
  if (opened.error.code !== code) throw new Error(`expected ${code}, got ${opened.error.code}: ${opened.error.title}`)
}

/** Every byte arrives this much later, in both directions. */
async function slowRelay(to: string, delayMs: number) {
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    const far = connect(22, to)
    for (const [from, into] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from)
      from.on('data', (chunk) => setTimeout(() => into.writable && into.write(chunk), delayMs))
      from.on('close', () => setTimeout(() => into.destroy(), delayMs))
      from.on('error', () => {})
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    port: address.port,
    close: () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

export const linkFaults: Fault[] = [
  {
    number: 1,
    name: 'SSH killed before the watchdog is armed',
    section,
    how: 'every sshd session is killed while the host checks the new files; nobody comes back',
    run: async (rig) => {
      await rig.plan({ check: [slow(2)] })
      const begun = rig.begin()
      await pause(1200)
      await cutSessions(rig)
      const answer = await begun
      if (answer.ok || answer.error.code !== 'ssh')
        throw new Error(`expected a lost connection: ${JSON.stringify(answer)}`)
      return rig.end('old')
    },
  },
  {
    number: 2,
    name: 'SSH killed between arming and applying',
    section,
    how: 'what begins the change is killed in the moment in which it starts the apply service',
    run: async (rig) => {
      await rig.host.exec(['sh', '-c', 'cat >/usr/local/bin/systemd-run; chmod 755 /usr/local/bin/systemd-run'], {
        stdin:
          '#!/bin/sh\ncase "$*" in *drawbridge-apply*) kill -9 $PPID; exit 1 ;; esac\nexec /usr/bin/systemd-run "$@"\n',
      })
      try {
        await rig.plan({ windowSeconds: 40 })
        await rig.begin()
        return await rig.end('old')
      } finally {
        await rig.host.sh('rm -f /usr/local/bin/systemd-run')
      }
    },
  },
  {
    number: 3,
    name: 'SSH killed while applying',
    section,
    short: true,
    how: 'every sshd session is killed in a step; a new connection keeps the change',
    run: async (rig) => {
      await rig.plan({ windowSeconds: 20, apply: [slow(2), ...rig.change.apply] })
      await rig.mustBegin()
      await rig.untilStep(1)
      await cutSessions(rig)
      await rig.verified()
      await rig.mustConfirm()
      return rig.end('new')
    },
  },
  {
    number: 4,
    name: 'SSH killed after applying',
    section,
    how: 'a session that is open is killed; a new connection keeps the change',
    run: async (rig) => {
      await rig.mustBegin()
      const opened = await rig.connect()
      await rig.verified()
      await cutSessions(rig)
      if (opened.ok) await opened.value.closed
      await rig.mustConfirm()
      return rig.end('new')
    },
  },
  {
    number: 5,
    name: 'the network never returns',
    section,
    short: true,
    how: 'the change takes all addresses away and its own checks do not notice',
    run: async (rig) => {
      const flush: Step = { kind: 'run', argv: ['ip', 'addr', 'flush', 'dev', 'br0'], timeoutSeconds: 5 }
      await rig.plan({ apply: [...rig.change.apply, flush], expect: [], probes: [] })
      await rig.mustBegin()
      await rig.verified()
      const opened = await rig.connect()
      if (opened.ok) throw new Error('the host should be out of reach')
      return rig.end('old')
    },
  },
  {
    number: 6,
    name: 'loss in one direction',
    section,
    how: 'after applying, everything the host sends is dropped (nftables)',
    run: async (rig) => {
      await rig.mustBegin()
      await rig.verified()
      await rig.host.sh(
        'nft \'add table inet lab; add chain inet lab out { type filter hook output priority 0; }; add rule inet lab out oifname != "lo" drop\'',
      )
      await fails(rig, 'timeout')
      await pause(6000)
      await rig.host.sh('nft delete table inet lab')
      return rig.end('old')
    },
  },
  {
    number: 7,
    name: '2 s of round-trip time',
    section,
    how: 'begun and kept through a relay that holds each byte for 1 s in each direction; loss of packets (the kernel here has no netem) is the transport’s to mend',
    run: async (rig) => {
      await rig.plan({ windowSeconds: 120 })
      const relay = await slowRelay(rig.host.address, 1000)
      try {
        const target = { ...(await rig.target()), address: '127.0.0.1', port: relay.port }
        const opened = await openSession(target, { timeoutMs: 60_000 })
        if (!opened.ok) throw new Error(opened.error.title)
        const begun = await beginChange(opened.value, rig.change, rig.tokenSha256)
        if (!begun.ok) throw new Error(begun.error.title)
        await rig.verified()
        const again = await openSession(target, { timeoutMs: 60_000 })
        if (!again.ok) throw new Error(again.error.title)
        const kept = await confirmChange(again.value, rig.change.id, rig.token)
        opened.value.close()
        again.value.close()
        if (!kept.ok || kept.value.state !== 'kept') throw new Error(JSON.stringify(kept))
        return await rig.end('new')
      } finally {
        relay.close()
      }
    },
  },
  {
    number: 8,
    name: 'the process that began it is killed at any moment',
    section,
    how: 'a process of its own begins and keeps the change and is killed with SIGKILL after 0.3, 0.8 and 1.5 s; the host alone decides, and tells whoever asks later',
    run: async (rig) => {
      for (const ms of [300, 800, 1500]) {
        await rig.reset()
        await rig.plan({ windowSeconds: 5 })
        const child = spawn(process.execPath, ['e2e/faults/begin-and-keep.ts'], {
          stdio: ['pipe', 'ignore', 'inherit'],
        })
        child.stdin.end(JSON.stringify({ target: await rig.target(), change: rig.change, token: rig.token }))
        await pause(ms)
        child.kill('SIGKILL')
        await pause(1500)
        // Killed before the host knew of it: nothing happened, and nothing may be left.
        const told = await rig.marker()
        if (!told.ok) throw new Error(told.error.title)
        if (told.value.state === 'absent') {
          const { runtime, files } = await rig.present()
          if (runtime !== 'old' || files !== 'old') throw new Error(`absent, but ${runtime}, ${files}`)
        } else await rig.end()
      }
      return 'old'
    },
  },
  {
    number: 9,
    name: 'the dashboard is down past the deadline',
    section,
    how: 'nobody asks anything until the time is over',
    run: async (rig) => {
      await rig.mustBegin()
      return rig.end('old')
    },
  },
  {
    number: 10,
    name: 'keep is sent, its answer is lost',
    section,
    how: 'the connection is closed right after the token was sent; asked again over a new one',
    run: async (rig) => {
      await rig.mustBegin()
      await rig.verified()
      const opened = await rig.connect()
      if (!opened.ok) throw new Error(opened.error.title)
      const lost = confirmChange(opened.value, rig.change.id, rig.token)
      await pause(25)
      opened.value.close()
      const answer = await lost
      if (answer.ok) console.error('the answer was faster than the cut')
      await rig.mustConfirm()
      return rig.end('new')
    },
  },
  {
    number: 11,
    name: 'keep at the deadline, ± 50 ms',
    section,
    how: 'three rounds, with the token sent 50 ms before, at and after the second in which the time is over; the answer and the end must agree',
    run: async (rig) => {
      let end: 'old' | 'new' = 'old'
      for (const offset of [-50, 0, 50]) {
        await rig.reset()
        await rig.plan({ windowSeconds: 4 })
        await rig.mustBegin()
        await rig.verified()
        const opened = await rig.connect()
        if (!opened.ok) throw new Error(opened.error.title)
        const left = await rig.host.sh(
          `read up _ </proc/uptime; read at </var/lib/drawbridge/txn/${rig.change.id}/deadline; echo "$at $up"`,
        )
        const [at, up] = left.split(' ').map(Number)
        await pause(Math.max(0, ((at ?? 0) - (up ?? 0)) * 1000 + offset))
        const answer = await confirmChange(opened.value, rig.change.id, rig.token)
        opened.value.close()
        end = await rig.end(answer.ok && answer.value.state === 'kept' ? 'new' : 'old')
      }
      return end
    },
  },
  {
    number: 12,
    name: 'keep comes too late',
    section,
    how: 'the right token, after the host has restored itself',
    run: async (rig) => {
      await rig.mustBegin()
      const end = await rig.end('old', { reboot: false })
      const late = await rig.confirm()
      if (!late.ok || late.value.state !== 'reverted')
        throw new Error(`a late yes was answered ${JSON.stringify(late)}`)
      return end
    },
  },
  {
    number: 13,
    name: 'wrong and replayed tokens',
    section,
    how: 'a made-up token, an empty one, and that of an earlier change',
    run: async (rig) => {
      const earlier = rig.token
      await rig.mustBegin()
      await rig.verified()
      await rig.mustConfirm()
      await rig.end('new')
      await rig.reset()
      await rig.plan()
      await rig.mustBegin()
      await rig.verified()
      for (const token of [newToken().token, '', earlier]) {
        const answer = await rig.confirm(token)
        if (answer.ok || answer.error.code !== 'token')
          throw new Error(`${token} was answered ${JSON.stringify(answer)}`)
      }
      return rig.end('old')
    },
  },
  {
    number: 14,
    name: 'another host answers at the address',
    section,
    how: 'the cable is pulled and a second host takes the address: its key is not the pinned one, so no token is sent',
    run: async (rig) => {
      const other = await rig.lab.addHost({ flavour: 'ifupdown' })
      try {
        await rig.target()
        await rig.mustBegin()
        await rig.verified()
        await rig.host.carrier('enp1s0', 'down')
        await other.sh(
          `ip addr add ${rig.host.address}/24 dev enp1s0; arping -c 2 -U -I enp1s0 ${rig.host.address} || true`,
        )
        await fails(rig, 'key-changed')
        await other.sh(`ip addr del ${rig.host.address}/24 dev enp1s0`)
        await pause(5000)
        await rig.host.carrier('enp1s0', 'up')
        await rig.host.sh(`arping -c 2 -U -I enp1s0 ${rig.host.address} >/dev/null || true`)
        return await rig.end('old')
      } finally {
        await other.remove()
        await rig.host.carrier('enp1s0', 'up')
      }
    },
  },
  {
    number: 15,
    name: 'the host key changes in the window',
    section,
    how: 'sshd gets new keys: the new connection stops before it signs in',
    run: async (rig) => {
      await rig.target()
      await rig.plan({ windowSeconds: 10 })
      await rig.mustBegin()
      await rig.verified()
      await rig.host.rekey()
      await fails(rig, 'key-changed')
      rig.forgetKeys()
      return rig.end('old')
    },
  },
  {
    number: 16,
    name: 'no key exchange in common',
    section,
    how: 'in the window sshd is told to allow one algorithm that Drawbridge does not speak',
    run: async (rig) => {
      await rig.target()
      await rig.plan({ windowSeconds: 8 })
      await rig.mustBegin()
      await rig.verified()
      const file = '/etc/ssh/sshd_config.d/lab-kex.conf'
      await rig.host.sh(`echo 'KexAlgorithms sntrup761x25519-sha512@openssh.com' >${file}; systemctl restart ssh`)
      await fails(rig, 'no-common-algorithm')
      await rig.host.sh(`rm ${file}`)
      await rig.host.sh('systemctl restart ssh')
      return rig.end('old')
    },
  },
  {
    number: 17,
    name: 'sshd turns new connections away',
    section,
    how: 'MaxSessions 1 and MaxStartups 1 in the window, with one stranger holding the only place',
    run: async (rig) => {
      await rig.target()
      await rig.plan({ windowSeconds: 8 })
      await rig.mustBegin()
      await rig.verified()
      const file = '/etc/ssh/sshd_config.d/lab-max.conf'
      await rig.host.sh(`printf 'MaxSessions 1\\nMaxStartups 1\\n' >${file}; systemctl restart ssh`)
      try {
        const stranger = connect(22, rig.host.address)
        await once(stranger, 'data')
        await fails(rig, 'refused')
        await pause(6000)
        stranger.destroy()
        await waitUntil('sshd to have a place again', 20_000, async () => {
          const opened = await rig.connect()
          if (opened.ok) opened.value.close()
          return opened.ok ? true : null
        })
        // One channel is enough for everything that is asked. sshd counts the connection that has just gone for a moment.
        const asked = await waitUntil('the host to be asked over one channel', 20_000, async () => {
          const marker = await rig.over((session) => readMarker(session, rig.change.id)).catch(() => null)
          return marker?.ok === true ? marker : null
        })
        if (!asked.ok) throw new Error('no marker')
      } finally {
        await rig.host.sh(`rm ${file}`)
        await rig.host.sh('systemctl restart ssh')
      }
      return rig.end('old')
    },
  },
  {
    number: 18,
    name: 'the dashboard’s store is locked or full',
    section,
    how: 'needs the dashboard, not only the engine; for the host it is fault 9: nobody says keep',
    skip: 'not a matter of the host’s part: the store’s own tests hold what a full or locked database does',
  },
  {
    number: 19,
    name: 'the dashboard’s own VM sits on that bridge',
    section,
    how: 'seen from the host: the way to the dashboard is gone from the first step until after the last, and comes back',
    run: async (rig) => {
      await rig.plan({ windowSeconds: 20, probes: [], apply: [slow(2), ...rig.change.apply] })
      await rig.mustBegin()
      await rig.host.carrier('enp1s0', 'down')
      await rig.verified()
      await rig.host.carrier('enp1s0', 'up')
      await rig.mustConfirm()
      return rig.end('new')
    },
  },
]
