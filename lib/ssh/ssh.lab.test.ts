/** Sessions, probes and failures, against real sshds: each failure names its cause and the way out. */
import { readFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LabHost } from '../../e2e/lab/host.ts'
import { openLab, type Lab } from '../../e2e/lab/lab.ts'
import type { Result } from '../kit/result.ts'
import { checkHost } from './check-host.ts'
import type { SshFailure } from './failure.ts'
import { installKey } from './install-key.ts'
import { generateKey } from './keys.ts'
import { createSshPool } from './pool.ts'
import { probeHostKeys } from './probe.ts'
import { openSession, type Session } from './session.ts'
import type { HostTarget } from './target.ts'

let lab: Lab
let host: LabHost
let target: HostTarget
let key: string

beforeAll(async () => {
  lab = await openLab({ say: console.error })
  host = await lab.addHost({ name: 'doorway', rootPassword: true })
  key = readFileSync(host.keyPath, 'utf8')
  target = {
    id: 'doorway',
    address: host.address,
    port: 22,
    user: 'root',
    credential: { kind: 'key', privateKey: key },
    pinned: (await host.fingerprints()).map(({ sha256 }) => sha256),
    jump: null,
  }
})
afterAll(() => lab?.close())

const failed = <T>(result: Result<T, SshFailure>): SshFailure => {
  if (result.ok) throw new Error('it went well')
  return result.error
}
async function using<T>(wanted: HostTarget, use: (session: Session) => Promise<T>): Promise<T> {
  const opened = await openSession(wanted)
  if (!opened.ok) throw new Error(opened.error.title)
  try {
    return await use(opened.value)
  } finally {
    opened.value.close()
    await opened.value.closed
  }
}

const restart = async () => {
  await host.sshd('stop')
  await host.sshd('start')
  await host.waitForSsh()
}

describe('a probe', () => {
  test('gives the fingerprints the host itself prints, and trusts nothing', async () => {
    const { keys, failure, banner } = await probeHostKeys({ address: host.address, port: 22 })
    expect(failure).toBeNull()
    expect(banner).toMatch(/^SSH-2\.0-OpenSSH/)
    const own = new Set((await host.fingerprints()).map(({ sha256 }) => sha256))
    expect(keys.length).toBeGreaterThan(0)
    expect(keys.filter(({ fingerprint }) => !own.has(fingerprint))).toEqual([])
  })

  test('names a refused port, a name that does not resolve, silence, and what is not SSH', async () => {
    const probe = async (address: string, port: number) =>
      (await probeHostKeys({ address, port, timeoutMs: 1500 })).failure
    expect(await probe(host.address, 2)).toMatchObject({ code: 'refused' })
    expect(await probe('no-such-host.invalid', 22)).toMatchObject({ code: 'unresolved' })
    const chatty = createServer((socket) => void socket.on('error', () => {}).end('HTTP/1.1 400 Bad Request\r\n\r\n'))
    const silent = createServer((socket) => void socket.on('error', () => {}))
    const listen = (server: typeof chatty) =>
      new Promise<number>((resolve) =>
        server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)),
      )
    try {
      expect(await probe('127.0.0.1', await listen(chatty))).toMatchObject({ code: 'not-ssh' })
      expect(await probe('127.0.0.1', await listen(silent))).toMatchObject({ code: 'not-ssh' })
    } finally {
      chatty.close()
      silent.close()
    }
  })
})

describe('a session', () => {
  test('runs argv as it is: nothing in it is shell', async () => {
    await using(target, async (session) => {
      const nasty = ['$(touch /tmp/owned)', '`id`', "it's", 'a\nb', '"', '\\', '*', '; reboot', '', '🦊']
      const ran = await session.exec(['printf', '%s|', ...nasty])
      expect(ran.ok && ran.value.stdout.toString()).toBe(nasty.map((text) => `${text}|`).join(''))
      expect(await host.sh('ls /tmp/owned 2>/dev/null || echo none')).toContain('none')
    })
  })

  test('keeps UTF-8 and bytes whole over any number of chunks, both ways', async () => {
    await using(target, async (session) => {
      const text = '网桥🦊'.repeat(200_000)
      const echoed = await session.exec(['cat'], { stdin: text })
      expect(echoed.ok && echoed.value.stdout.toString() === text).toBe(true)
    })
  })

  test('an exit code is no failure; a signal is told; too much output and too long are', async () => {
    await using(target, async (session) => {
      const seven = await session.exec(['sh', '-c', 'exit 7'])
      expect(seven.ok && seven.value.code).toBe(7)
      const killed = await session.exec(['sh', '-c', 'kill -9 $$'])
      expect(killed.ok && [killed.value.code, killed.value.signal]).toEqual([null, 'SIGKILL'])
      expect(failed(await session.exec(['yes'], { maxBytes: 100_000 })).code).toBe('too-much-output')
      expect(failed(await session.exec(['sleep', '60'], { timeoutMs: 300 })).code).toBe('timeout')
      const after = await session.exec(['echo', 'still here'])
      expect(after.ok && after.value.stdout.toString()).toBe('still here\n')
    })
  })

  const thirty = (session: Session) =>
    Promise.all(
      Array.from({ length: 30 }, async (_, index) => {
        const ran = await session.exec(['sh', '-c', 'sleep 0.05; echo $1', '-', String(index)])
        return ran.ok ? ran.value.stdout.toString().trim() : `${ran.error.title} ${ran.error.detail ?? ''}`
      }),
    )
  const numbers = Array.from({ length: 30 }, (_, index) => String(index))

  test('thirty commands at once share the channels sshd allows', async () => {
    await using(target, async (session) => expect(await thirty(session)).toEqual(numbers))
  })

  test('so they do where a busy sshd has fewer to give', async () => {
    await host.sh('echo MaxSessions 7 >/etc/ssh/sshd_config.d/few.conf')
    await restart()
    try {
      await using(target, async (session) => expect(await thirty(session)).toEqual(numbers))
    } finally {
      await host.sh('rm /etc/ssh/sshd_config.d/few.conf')
      await restart()
    }
  })

  test('a login shell that talks changes nothing of what comes back', async () => {
    await host.sh("printf 'echo welcome; echo warning >&2\\n' >> /root/.bashrc")
    await using(target, async (session) => {
      const ran = await session.exec(['echo', 'plain'])
      expect(ran.ok && [ran.value.stdout.toString(), ran.value.stderr.toString()]).toEqual(['plain\n', ''])
    })
    await host.sh('sed -i /welcome/d /root/.bashrc')
  })

  test('says why it ended when the host goes', async () => {
    const opened = await openSession(target)
    if (!opened.ok) throw new Error(opened.error.title)
    await host.sh("pkill -f '[s]shd: root'; true")
    expect((await opened.value.closed).code).toBe('closed')
    expect(opened.value.isClosed).toBe(true)
    expect(failed(await opened.value.exec(['true'])).code).toBe('closed')
  })
})

describe('what does not let us in', () => {
  test('a host key nobody confirmed is a hard stop, before anything is sent', async () => {
    const failure = failed(await openSession({ ...target, pinned: ['SHA256:' + 'A'.repeat(43)] }))
    expect(failure.code).toBe('key-changed')
    expect(failure.extra?.['offered']).toMatchObject({ fingerprint: expect.stringMatching(/^SHA256:/) })
    expect(failed(await openSession({ ...target, pinned: [] })).title).toContain('Nobody has confirmed')
  })

  test('a wrong user, key or password', async () => {
    const stranger = generateKey('stranger').privateKey
    for (const wrong of [
      { ...target, user: 'nobody-here' },
      { ...target, credential: { kind: 'key', privateKey: stranger } as const },
      { ...target, credential: { kind: 'password', password: 'no' } as const },
    ]) {
      const failure = failed(await openSession(wrong))
      expect(failure.code).toBe('auth-failed')
      expect(JSON.stringify(failure)).not.toContain('"no"')
    }
    expect(failed(await openSession({ ...target, credential: { kind: 'key', privateKey: 'no key' } })).code).toBe(
      'bad-key',
    )
  })

  test('no agent', async () => {
    const held = process.env['SSH_AUTH_SOCK']
    delete process.env['SSH_AUTH_SOCK']
    try {
      expect(failed(await openSession({ ...target, credential: { kind: 'agent' } })).code).toBe('no-agent')
    } finally {
      if (held !== undefined) process.env['SSH_AUTH_SOCK'] = held
    }
  })

  test('sudo that asks for a password, or is not there', async () => {
    await using({ ...target, user: 'limited' }, async (session) => {
      const failure = failed(await checkHost(session))
      expect(['sudo-password', 'sudo-missing']).toContain(failure.code)
      expect(failure.title).toContain('NOPASSWD')
    })
    await using({ ...target, user: 'kvmadmin' }, async (session) => {
      expect(await checkHost(session)).toMatchObject({ ok: true, value: { isRoot: false } })
    })
    await using(target, async (session) => {
      expect(await checkHost(session)).toMatchObject({ ok: true, value: { isRoot: true } })
    })
  })

  test('a login that is no shell is not a Linux host for us', async () => {
    await host.sh(
      'useradd -m -s /usr/sbin/nologin walled && mkdir -p ~walled/.ssh && cp /root/.ssh/authorized_keys ~walled/.ssh/ && chown -R walled ~walled/.ssh',
    )
    const opened = await openSession({ ...target, user: 'walled' })
    const failure = opened.ok ? failed(await checkHost(opened.value)) : opened.error
    if (opened.ok) opened.value.close()
    expect(failure.code).toBe('not-linux')
  })

  test('algorithms we do not have', async () => {
    await host.sh("printf 'Ciphers aes256-cbc\\n' > /etc/ssh/sshd_config.d/old.conf")
    await restart()
    const failure = failed(await openSession(target))
    await host.sh('rm /etc/ssh/sshd_config.d/old.conf')
    await restart()
    expect(failure).toMatchObject({ code: 'no-common-algorithm' })
    expect(failure.title).toContain('Ciphers in its sshd_config')
  })
})

describe('on the way in', () => {
  test('a password installs a key once, and is not needed again', async () => {
    const made = generateKey('drawbridge test')
    await using({ ...target, credential: { kind: 'password', password: 'drawbridge-lab' } }, async (session) => {
      expect(await installKey(session, made.publicKey)).toEqual({ ok: true, value: { added: true } })
      expect(await installKey(session, made.publicKey)).toEqual({ ok: true, value: { added: false } })
    })
    await using({ ...target, credential: { kind: 'key', privateKey: made.privateKey } }, async (session) => {
      const ran = await session.exec(['stat', '-c', '%a', '.ssh/authorized_keys'], {})
      expect(ran.ok).toBe(true)
    })
    expect(await host.sh('stat -c %a /root/.ssh/authorized_keys')).toContain('600')
  })

  test('a jump host carries it; a jump host that is down is named, with its number', async () => {
    const inner = await lab.addHost({ name: 'inner' })
    const pinned = (await inner.fingerprints()).map(({ sha256 }) => sha256)
    const through: HostTarget = { ...target, id: 'inner', address: inner.address, pinned, jump: target }
    await using(through, async (session) => {
      const ran = await session.exec(['hostname'])
      expect(ran.ok && ran.value.stdout.toString().trim()).toBe('inner')
    })
    const failure = failed(await openSession({ ...through, jump: { ...target, port: 2 } }))
    expect(failure.code).toBe('jump-failed')
    expect(failure.title).toContain('hop 1')
  })
})

describe('the pool', () => {
  test('shares one connection per purpose, and remembers a failure for a while', async () => {
    const pool = createSshPool()
    try {
      const [first, second, live] = await Promise.all([
        pool.session(target),
        pool.session(target),
        pool.session(target, 'live'),
      ])
      expect(first.ok && second.ok && first.value === second.value).toBe(true)
      expect(live.ok && first.ok && live.value !== first.value).toBe(true)
      const wrong = { ...target, id: 'wrong', port: 2 }
      expect(failed(await pool.session(wrong)).code).toBe('refused')
      const since = performance.now()
      expect(failed(await pool.session(wrong)).code).toBe('refused')
      expect(performance.now() - since).toBeLessThan(5)
    } finally {
      pool.close()
    }
  })
})
