/** The one command, as it is started: by root and by an ordinary user, stopped, killed, started again. */
import { chmodSync, chownSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, expect, test } from 'vitest'
import { command, endAll, freePort, processesIn, type Running, up } from './harness/command.ts'
import { startExternalPostgres } from './harness/external-postgres.ts'

const cleanups: (() => unknown)[] = []
const times: string[] = []
afterEach(async () => {
  for (const clean of cleanups.splice(0).toReversed()) await clean()
})
afterAll(() => {
  endAll()
  process.stdout.write(`${times.join('\n')}\n`)
})

function scratch(): string {
  const path = mkdtempSync(join(tmpdir(), 'drawbridge-command-'))
  cleanups.push(() => {
    for (const pid of processesIn(path)) process.kill(pid, 'SIGKILL')
    rmSync(path, { recursive: true, force: true })
  })
  return path
}
const timed = (what: string, { startMs }: Running): void => void times.push(`start, ${what}: ${startMs} ms`)
const stopLimitMs = 30_000

async function me(url: string, token: string): Promise<number> {
  return (await fetch(`${url}/api/v1/me`, { headers: { authorization: `Bearer ${token}` } })).status
}
const lastLine = (text: string): string => text.trim().split('\n').at(-1) ?? ''

const admin = { email: 'ada@example.org', password: 'correct horse battery' }
function headless(dir: string): Record<string, string> {
  const file = join(dir, 'password')
  writeFileSync(file, `${admin.password}\n`, { mode: 0o600 })
  return { DRAWBRIDGE_ADMIN_EMAIL: admin.email, DRAWBRIDGE_ADMIN_PASSWORD_FILE: file }
}
async function signIn(url: string, password: string): Promise<number> {
  const headers = { 'content-type': 'application/json', origin: url }
  const body = JSON.stringify({ email: admin.email, password })
  return (await fetch(`${url}/api/v1/session`, { method: 'POST', headers, body })).status
}

test('starts, prints the set-up link, is stopped by SIGTERM and by Ctrl-C, and leaves no process', async () => {
  const data = scratch()
  const port = await freePort()
  // Builds what is missing, so that the next ones are starts alone.
  timed('first (perhaps with a build)', await first(data, port))
  const second = await up({ data, port })
  timed('second', second)
  // 1.5 s on two idle cores; what is too long here is a build that was not needed.
  expect(second.startMs).toBeLessThan(10_000)
  const link = /Set-up {6}(http\S+)/.exec(second.output())?.[1] ?? ''
  expect(link).toBe(`${second.url}/setup#${readFileSync(join(data, 'setup-token'), 'utf8').trim()}`)
  expect((await fetch(`${second.url}/readyz`)).status).toBe(200)
  expect(await second.end('SIGINT', 'group')).toMatchObject({ code: 0 })
  expect(processesIn(data)).toEqual([])
})

async function first(data: string, port: number): Promise<Running> {
  const running = await up({ data, port })
  const { code, ms } = await running.end('SIGTERM')
  times.push(`stop, SIGTERM: ${ms} ms`)
  expect(code).toBe(0)
  expect(ms).toBeLessThan(stopLimitMs)
  expect(processesIn(data)).toEqual([])
  return running
}

test('killed, with all of it or alone, it goes on where it was', async () => {
  const data = scratch()
  const port = await freePort()
  const before = await up({ data, port, env: headless(data) })
  const made = command(['admin', 'token', '--name', 'x', '--role', 'viewer', '--data', data])
  expect(made.code).toBe(0)
  const token = lastLine(made.stdout)
  expect(await me(before.url, token)).toBe(200)
  await before.end('SIGKILL')
  expect(processesIn(data).length).toBeGreaterThan(0)
  const adopted = await up({ data, port })
  timed('adopts its PostgreSQL after kill -9', adopted)
  expect(await me(adopted.url, token)).toBe(200)
  const ended = adopted.end('SIGKILL')
  for (const pid of processesIn(data)) process.kill(pid, 'SIGKILL')
  await ended
  const recovered = await up({ data, port })
  timed('recovers after kill -9 of everything', recovered)
  expect(await me(recovered.url, token)).toBe(200)
  expect(await recovered.end('SIGTERM')).toMatchObject({ code: 0 })
  expect(processesIn(data)).toEqual([])
})

test('refuses a data directory and a port that are in use, in a sentence', async () => {
  const [data, other] = [scratch(), scratch()]
  const port = await freePort()
  const running = await up({ data, port })
  await expect(up({ data, port: await freePort() })).rejects.toThrow(
    /Another Drawbridge \(pid \d+\) uses the data directory/,
  )
  await expect(up({ data: other, port })).rejects.toThrow('is in use; choose another port')
  expect(processesIn(other)).toEqual([])
  expect((await fetch(`${running.url}/readyz`)).status).toBe(200)
  await running.end('SIGTERM')
})

test('asked to stop while it still starts, it leaves nothing behind', async () => {
  const data = scratch()
  const port = await freePort()
  const starting = up({ data, port }).catch((failure: Error) => failure.message)
  for (
    const until = Date.now() + 30_000;
    processesIn(data).length === 0;
    await new Promise((next) => setTimeout(next, 5))
  )
    if (Date.now() > until) throw new Error('its PostgreSQL never came')
  const owner = Number(readFileSync(join(data, 'lock'), 'utf8'))
  process.kill(owner, 'SIGTERM')
  await starting
  for (const until = Date.now() + stopLimitMs; Date.now() < until && processesIn(data).length > 0;)
    await new Promise((next) => setTimeout(next, 20))
  expect(processesIn(data)).toEqual([])
})

test('headless: first admin, external PostgreSQL, a master key elsewhere; commands while it runs and after', async () => {
  const data = scratch()
  const external = await startExternalPostgres()
  cleanups.push(() => external.close())
  const keyFile = join(data, 'elsewhere.key')
  writeFileSync(keyFile, `${Buffer.alloc(32, 7).toString('base64')}\n`, { mode: 0o600 })
  const env = {
    ...headless(data),
    DATABASE_URL: await external.database('command'),
    DRAWBRIDGE_MASTER_KEY_FILE: keyFile,
  }
  const running = await up({ data, port: await freePort(), env })
  timed('external PostgreSQL', running)
  expect(running.output()).not.toContain('Set-up')
  expect(await signIn(running.url, admin.password)).toBe(200)
  const reset = command(['admin', 'reset-password', '--email', admin.email, '--data', data], env)
  expect(reset.code).toBe(0)
  expect(await signIn(running.url, admin.password)).toBe(401)
  expect(await signIn(running.url, lastLine(reset.stdout))).toBe(200)
  const archive = join(data, 'archive')
  expect(command(['backup', archive, '--data', data], env).code).toBe(0)
  expect(command(['restore', archive, '--replace', '--data', data], env).stderr).toContain('Another Drawbridge')
  await running.end('SIGTERM')
  expect(
    lastLine(command(['admin', 'token', '--name', 'later', '--role', 'admin', '--data', data], env).stdout),
  ).toMatch(/^dbt_/)

  // The same installation on the embedded one, with its own key file.
  const moved = scratch()
  const { DATABASE_URL: _external, ...embedded } = env
  expect(command(['restore', archive, '--data', moved], embedded).code).toBe(0)
  const back = await up({ data: moved, port: await freePort(), env: embedded })
  expect(await signIn(back.url, lastLine(reset.stdout))).toBe(200)
  await back.end('SIGTERM')
})

test('an ordinary user runs it, also in a checkout that is not theirs', async ({ skip }) => {
  const data = scratch()
  const nobody = 65_534
  chmodSync(data, 0o700)
  chownSync(data, nobody, nobody)
  const running = await up({ data, port: await freePort(), user: 'nobody' }).catch((failure: Error) => failure)
  if (running instanceof Error && /Permission denied|EACCES/.test(running.message)) {
    console.error(`not run as an ordinary user: the checkout cannot be read by one (${running.message.slice(0, 200)})`)
    return skip()
  }
  if (running instanceof Error) throw running
  timed('as an ordinary user', running)
  expect((await fetch(`${running.url}/readyz`)).status).toBe(200)
  const owners = processesIn(data).map((pid) => /^Uid:\t(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
  expect([...new Set(owners)]).toEqual([String(nobody)])
  expect(await running.end('SIGTERM')).toMatchObject({ code: 0 })
  expect(processesIn(data)).toEqual([])
})
