import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export type Ran = { code: number; stdout: string; stderr: string }
export type RunOptions = { stdin?: string; timeoutMs?: number }

/** A process as no reuse of its pid can be mistaken for it: `start` is in clock ticks since the machine's boot. */
export type ProcessMark = { pid: number; start: string }

const OUTPUT_LIMIT_BYTES = 16 * 1024 * 1024

export function script(name: string): string {
  return fileURLToPath(new URL(`./scripts/${name}`, import.meta.url))
}

/** Runs argv to its end; a timeout kills it and gives code 124, as coreutils' `timeout` does. Throws only if it can't be started. */
export function run(argv: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const [file, ...args] = argv
  if (file === undefined) throw new Error('nothing to run')
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'] })
    const out: Buffer[] = []
    const err: Buffer[] = []
    let bytes = 0
    let timedOut = false
    const collect = (into: Buffer[]) => (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > OUTPUT_LIMIT_BYTES) child.kill('SIGKILL')
      else into.push(chunk)
    }
    child.stdout.on('data', collect(out))
    child.stderr.on('data', collect(err))
    // A command that ends without reading its input is no error of ours.
    child.stdin.on('error', () => {})
    child.stdin.end(options.stdin ?? '')
    const timer =
      options.timeoutMs === undefined
        ? undefined
        : setTimeout(() => {
            timedOut = true
            child.kill('SIGKILL')
          }, options.timeoutMs)
    child.on('error', (error) => {
      clearTimeout(timer)
      reject(error)
    })
    child.on('close', (code) => {
      clearTimeout(timer)
      resolve({
        code: timedOut ? 124 : (code ?? 137),
        stdout: Buffer.concat(out).toString(),
        stderr: Buffer.concat(err).toString(),
      })
    })
  })
}

/** Like run, but anything other than success is thrown, with what the command said. Returns its standard output. */
export async function expectOk(argv: readonly string[], options: RunOptions = {}): Promise<string> {
  const ran = await run(argv, options)
  if (ran.code !== 0) {
    const said = (ran.stderr.trim() || ran.stdout.trim()).slice(-4000)
    throw new Error(`${argv.join(' ').slice(0, 300)} ended with ${ran.code}: ${said}`)
  }
  return ran.stdout
}

/** Starts argv in a session of its own, so that neither a terminal's Ctrl-C nor our end reaches it. */
export function startDetached(argv: readonly string[], logPath: string): void {
  const [file, ...args] = argv
  if (file === undefined) throw new Error('nothing to start')
  const log = openSync(logPath, 'a')
  const child = spawn(file, args, { detached: true, stdio: ['ignore', log, log], cwd: '/' })
  child.on('error', () => {})
  child.unref()
  closeSync(log)
}

/** Null when there is no such process, or only its zombie. */
export function markOf(pid: number): ProcessMark | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name, in parentheses, may itself hold blanks and parentheses.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const state = fields[0]
    const start = fields[19]
    return start === undefined || state === 'Z' || state === 'X' ? null : { pid, start }
  } catch {
    return null
  }
}

export function isAlive(mark: ProcessMark): boolean {
  return markOf(mark.pid)?.start === mark.start
}

export async function waitUntil<T>(
  what: string,
  timeoutMs: number,
  attempt: () => Promise<T | null> | T | null,
  everyMs = 50,
): Promise<T> {
  const deadline = Date.now() + timeoutMs
  for (;;) {
    const got = await attempt()
    if (got !== null) return got
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs / 1000} s in vain for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, everyMs))
  }
}
