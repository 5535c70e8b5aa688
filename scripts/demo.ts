/**
 * `./drawbridge up --lab`: makes a lab host with a bridged VM and traffic on it, and adds it once somebody has claimed
 * the set-up link. The lab ends with the process `--owner`, which is the server. Speaks to the server as any script
 * would: by the API, with a token that it revokes when it is done.
 */
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { openLab } from '../e2e/lab/lab.ts'

const { values } = parseArgs({
  options: { owner: { type: 'string' }, port: { type: 'string' }, host: { type: 'string' }, data: { type: 'string' } },
})
const { owner = '', port = '3000', host = '127.0.0.1', data = '' } = values
const at = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
const base = `http://${at.includes(':') ? `[${at}]` : at}:${port}`
const say = (line: string): void => void process.stdout.write(`  Lab         ${line}\n`)

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** The server ends, or is about to: so does the lab, and there is nothing left to say. */
function ownerLives(): boolean {
  try {
    process.kill(Number(owner), 0)
    return true
  } catch {
    return false
  }
}

async function until<T>(look: () => Promise<T | null>): Promise<T> {
  for (;;) {
    if (!ownerLives()) process.exit(0)
    const found = await look().catch(() => null)
    if (found !== null) return found
    await pause(1000)
  }
}

async function call(
  token: string,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; body: unknown }> {
  const answer = await fetch(`${base}/api/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    body: body === undefined ? undefined : JSON.stringify(body),
    signal: AbortSignal.timeout(60_000),
  })
  const text = await answer.text()
  return { status: answer.status, body: text === '' ? null : JSON.parse(text) }
}

/** Lab hosts are made anew each time, with new keys: the row of an earlier one would only be a hard stop. */
async function add(token: string, name: string, address: string, keyPath: string): Promise<void> {
  await call(token, 'DELETE', `/hosts/${name}`)
  const probed = await call(token, 'POST', '/hosts/probe', { address })
  const { keys } = probed.body as { keys: { fingerprint: string }[] }
  const fingerprint = keys[0]?.fingerprint
  if (fingerprint === undefined) throw new Error(`the lab host at ${address} showed no key`)
  const privateKey = await readFile(keyPath, 'utf8')
  const signIn = { kind: 'stored-key', privateKey }
  const added = await call(token, 'POST', '/hosts', { name, address, user: 'root', signIn, fingerprint, tags: ['lab'] })
  if (added.status >= 300) throw new Error(`the lab host was not added: ${JSON.stringify(added.body)}`)
}

const mebibyte = 1024 ** 2

/** What it takes to make a VM there in three clicks: a pool with the image that the lab's guests run, and a preset of it. */
async function furnish(token: string, name: string): Promise<void> {
  const pool = { name: 'default', kind: 'dir', path: '/var/lib/libvirt/images' }
  const pooled = await call(token, 'POST', `/hosts/${name}/pools`, pool)
  if (pooled.status >= 300) throw new Error(`no storage pool was made on ${name}: ${JSON.stringify(pooled.body)}`)
  const presets = (await call(token, 'GET', '/presets')).body as { items: { name: string }[] }
  if (presets.items.some((preset) => preset.name === presetName)) return
  const made = await call(token, 'POST', '/presets', {
    name: presetName,
    description:
      'A Linux of 18 MB that asks DHCP, answers ping and has a shell on its serial console. For the lab host.',
    spec: {
      vcpus: 1,
      memoryBytes: 192 * mebibyte,
      disks: [{ from: 'image', image: 'guest.qcow2' }],
      nics: [{ source: { kind: 'lan' } }],
    },
  })
  if (made.status >= 300) throw new Error(`no preset was made: ${JSON.stringify(made.body)}`)
}
const presetName = 'lab-guest'

async function main(): Promise<void> {
  say('making a KVM host with a VM (the first time it takes a minute or two)')
  const lab = await openLab({ ownerPid: Number(owner), say })
  const made = await lab.addHost({ name: 'lab1', bridge: true })
  const guest = await made.addGuest({ name: 'vm1' })
  lab.traffic(guest.address, 2000)
  await until(async () => ((await fetch(`${base}/readyz`)).ok ? true : null))
  say(`${made.name} at ${made.address} runs ${guest.name}; it is added as soon as the first admin exists`)
  await until(async () => {
    const state = (await (await fetch(`${base}/api/v1/setup`)).json()) as { claimed?: boolean }
    return state.claimed ? true : null
  })
  const admin = ['admin', 'token', '--name', 'lab set-up', '--role', 'admin', '--data', data]
  const printed = await promisify(execFile)(process.execPath, [join(import.meta.dirname, 'admin.ts'), ...admin])
  const token = printed.stdout.trim().split('\n').at(-1) ?? ''
  await add(token, made.name, made.address, made.keyPath)
  await furnish(token, made.name)
  const tokens = (await call(token, 'GET', '/tokens')).body as { items?: { id: string; prefix: string }[] }
  const own = tokens.items?.find(({ prefix }) => token.startsWith(prefix))
  if (own) await call(token, 'DELETE', `/tokens/${own.id}`)
  say(`added: ${base}/hosts/${made.name}/live`)
  say(`make a VM on it: ${base}/vms/new`)
}

await main().catch((failure: unknown) => {
  process.stderr.write(`drawbridge: the lab: ${failure instanceof Error ? failure.message : String(failure)}\n`)
  process.exitCode = 1
})
