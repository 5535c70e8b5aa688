/** Kill -9 of everything, again and again, while rows are written: nothing that was acknowledged may be lost. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { closeStore, mustOpen, scratchDir } from '../../e2e/harness/scratch-store.ts'

const rounds = 100

function serverPids(cluster: string): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => {
      try {
        return readlinkSync(`/proc/${pid}/cwd`) === cluster
      } catch {
        return false
      }
    })
}

function kill(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(pid, 'SIGKILL')
  } catch {
    // It ended meanwhile.
  }
}

test(`nothing acknowledged is lost in ${rounds} × kill -9 of Drawbridge and PostgreSQL`, async () => {
  const dir = scratchDir()
  const cluster = join(dir.path, 'postgres')
  const acks = join(dir.path, 'acks')
  const said: string[] = []
  /** A process that has loaded everything and waits to be told to begin. */
  const writer = (how: 'own' | 'join', round: number): ChildProcess => {
    const args = ['e2e/harness/store-writer.ts', dir.path, acks, how, `${round}.${how}`]
    const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'pipe'] })
    child.stderr.on('data', (text: Buffer) => void said.push(`${round} ${how}: ${text.toString()}`))
    child.stdin.on('error', () => undefined)
    return child
  }
  try {
    await closeStore(await mustOpen(dir.path))
    let pair = [writer('own', 0), writer('join', 0)]
    let began = 0
    for (let round = 0; round < rounds; round++) {
      const [owner, guest] = pair as [ChildProcess, ChildProcess]
      const heard = Promise.race([once(owner.stdout ?? owner, 'data'), once(owner, 'exit')])
      owner.stdin?.write('go\n')
      const next = round + 1 < rounds ? [writer('own', round + 1), writer('join', round + 1)] : []
      // Every tenth time before anything is known to be written, perhaps in the middle of recovery.
      if (round % 10 !== 9) {
        await heard
        guest.stdin?.write('go\n')
        began++
      }
      await pause((round * 37) % 60)
      expect(owner.exitCode).toBeNull()
      const ends = [once(owner, 'exit'), once(guest, 'exit')]
      // In either order: with Drawbridge alive its PostgreSQL would be started anew.
      const servers = (): void => serverPids(cluster).forEach(kill)
      if (round % 2 === 0) servers()
      kill(owner.pid)
      kill(guest.pid)
      await Promise.all(ends)
      for (servers(); serverPids(cluster).length > 0; servers()) await pause(1)
      pair = next
    }
    expect(began).toBe(rounds * 0.9)
    const store = await mustOpen(dir.path)
    const { rows } = await store.pool.query<{ id: string }>('SELECT id FROM "AuditEntry"')
    const kept = new Set(rows.map(({ id }) => id))
    // A kill may cut the last line; its row counts as unacknowledged.
    const acknowledged = readFileSync(acks, 'utf8').split('\n').slice(0, -1)
    expect(acknowledged.length).toBeGreaterThan(rounds * 5)
    expect(acknowledged.filter((id) => !kept.has(id))).toEqual([])
    expect(acknowledged.some((id) => id.includes('join'))).toBe(true)
    await closeStore(store)
    process.stdout.write(`torture: ${acknowledged.length} rows acknowledged, ${kept.size} kept, none lost\n`)
  } catch (failure) {
    process.stdout.write(said.slice(-5).join('\n'))
    throw failure
  } finally {
    serverPids(cluster).forEach(kill)
    dir.remove()
  }
})
