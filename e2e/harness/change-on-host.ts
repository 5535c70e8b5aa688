/**
 * Carries out the steps of a back-end on a lab host the plain way, without the engine: what a back-end's files and
 * commands do by themselves, and how many pings they cost.
 */
import { spawn } from 'node:child_process'
import type {
  BackEndDriver,
  ConfigFile,
  FileChange,
  LinkChange,
  RuntimeLink,
  Transition,
} from '../../lib/net/back-end.ts'
import { candidate, type Expectation, type Step } from '../../lib/net/change.ts'
import type { LabHost } from '../lab/host.ts'

type IpLink = {
  ifname: string
  address?: string
  mtu: number
  flags: string[]
  master?: string
  linkinfo?: { info_kind?: string }
}
type IpAddress = {
  ifname: string
  addr_info: {
    local: string
    prefixlen: number
    scope: string
    dynamic?: boolean
    family: string
    tentative?: boolean
  }[]
}

export async function filesOn(host: LabHost, globs: readonly string[]): Promise<ConfigFile[]> {
  const script = `for f in ${globs.join(' ')}; do [ -e "$f" ] && printf '%s %s %s %s %s\\n' "$f" $(stat -L -c '%a %u %g' "$f") "$(base64 -w0 "$f")"; done; true`
  const lines = (await host.sh(script)).split('\n').filter((line) => line !== '')
  return lines.map((line) => {
    const [path = '', mode = '644', uid = '0', gid = '0', data = ''] = line.split(' ')
    const content = Buffer.from(data, 'base64').toString()
    return { path, content, mode: Number.parseInt(mode, 8), uid: Number(uid), gid: Number(gid) }
  })
}

export async function linksOn(host: LabHost): Promise<RuntimeLink[]> {
  const links = JSON.parse(await host.sh('ip -j -d link')) as IpLink[]
  const addresses = JSON.parse(await host.sh('ip -j addr')) as IpAddress[]
  return links
    .filter(({ ifname }) => ifname !== 'lo')
    .map((link) => {
      const kind = link.linkinfo?.info_kind
      const global = addresses.find(({ ifname }) => ifname === link.ifname)?.addr_info ?? []
      return {
        name: link.ifname,
        kind: kind === 'bridge' || kind === 'vlan' || kind === 'bond' ? kind : kind === 'tun' ? 'tap' : 'nic',
        mac: link.address ?? null,
        mtu: link.mtu,
        up: link.flags.includes('UP'),
        master: link.master ?? null,
        addresses: global
          .filter(({ scope }) => scope === 'global')
          .map(({ local, prefixlen, dynamic }) => ({ cidr: `${local}/${prefixlen}`, dynamic: dynamic ?? false })),
        routes: [],
      }
    })
}

/** Old → new as a driver sees it; throws when it refuses. */
export async function transitionOn(
  host: LabHost,
  driver: BackEndDriver,
  changes: readonly LinkChange[],
): Promise<Transition & { files: FileChange[] }> {
  const [files, now] = [await filesOn(host, driver.globs), await linksOn(host)]
  const written = driver.write(files, changes, now)
  if (!written.ok) throw new Error(written.error.text)
  return { changes, files: written.value, now, versions: {} }
}

export const inverse = (files: readonly FileChange[]): FileChange[] =>
  files.map((file) => ({ ...file, before: file.after, after: file.before }))

export async function putFiles(host: LabHost, files: readonly FileChange[], under = ''): Promise<void> {
  for (const { path, after, mode } of files) {
    const to = `${under}${path}`
    if (after === null) await host.exec(['rm', '-f', to])
    else
      await host.sh(
        `mkdir -p "$(dirname '${to}')"; if [ -e '${to}' ]; then cat >'${to}'; else umask 077; cat >'${to}'; chmod ${mode.toString(8)} '${to}'; fi`,
        { stdin: after },
      )
  }
}

/** Runs steps in order; throws at the first that fails though it must not. */
export async function carryOut(host: LabHost, steps: readonly Step[], files: readonly FileChange[]): Promise<void> {
  for (const step of steps) {
    if (step.kind === 'files') await putFiles(host, files)
    else if (step.kind === 'run') {
      const argv = step.argv.map((word) => word.replaceAll(candidate, candidateDir))
      const ran = await host.exec(argv, { timeoutMs: step.timeoutSeconds * 1000 })
      if (ran.code !== 0 && step.mayFail !== true)
        throw new Error(`${argv.join(' ')} ended with ${ran.code}: ${ran.stderr} ${ran.stdout}`)
    } else if (step.kind === 'wait') await waitFor(host, step.until, step.timeoutSeconds)
    else if (step.kind === 'ip') await host.sh('ip -batch -', { stdin: `${step.lines.join('\n')}\n` })
    else throw new Error(`${step.kind} is not known here`)
  }
}

export const candidateDir = '/run/drawbridge-candidate'

/** The folder that check steps look at: the new files, and copies of the others of /etc/netplan. */
export async function candidateOn(host: LabHost, files: readonly FileChange[]): Promise<void> {
  await host.sh(
    `rm -rf ${candidateDir}; mkdir -p ${candidateDir}/etc/netplan; cp -a /etc/netplan/. ${candidateDir}/etc/netplan/ 2>/dev/null; true`,
  )
  await putFiles(host, files, candidateDir)
}

export async function waitFor(host: LabHost, until: readonly Expectation[], seconds: number): Promise<void> {
  const end = Date.now() + seconds * 1000
  for (;;) {
    const open = await unmet(host, until)
    if (open.length === 0) return
    if (Date.now() > end)
      throw new Error(
        `not within ${seconds} s: ${JSON.stringify(open)}\n${await host.sh('ip a; networkctl 2>/dev/null; true')}`,
      )
  }
}

/** Expectations that do not hold now; those about routes, sysfs and VLANs are not looked at. */
export async function unmet(host: LabHost, until: readonly Expectation[]): Promise<Expectation[]> {
  const links = new Map((await linksOn(host)).map((link) => [link.name, link]))
  return until.filter((it) => {
    if (it.kind === 'route' || it.kind === 'sysfs' || it.kind === 'vlans') return false
    const link = links.get(it.link)
    switch (it.kind) {
      case 'no-link':
        return link !== undefined
      case 'link':
        return link === undefined
      case 'up':
        return link?.up !== true
      case 'master':
        return link?.master !== it.master
      case 'mtu':
        return link?.mtu !== it.mtu
      case 'mac':
        return link?.mac !== it.mac
      case 'address':
        return link?.addresses.some(({ cidr }) => cidr === it.cidr) !== true
      case 'no-address':
        return link?.addresses.some(({ cidr }) => cidr === it.cidr) === true
      case 'any-address':
        return link?.addresses.some(({ cidr }) => cidr.includes(':') === (it.family === 'inet6')) !== true
    }
  })
}

/** Pings from the lab's switch every 10 ms; `stop` tells how many were never answered. */
export function pinging(address: string): { stop: () => Promise<{ sent: number; lost: number }> } {
  const child = spawn('ping', ['-q', '-i', '0.01', '-W', '1', address], { stdio: ['ignore', 'pipe', 'pipe'] })
  const done = new Promise<{ sent: number; lost: number }>((resolve, reject) => {
    let out = ''
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
    child.on('error', reject)
    child.on('close', () => {
      const [, sent = '', got = ''] = /(\d+) packets transmitted, (\d+)/.exec(out) ?? []
      resolve({ sent: Number(sent), lost: Number(sent) - Number(got) })
    })
  })
  return {
    stop: () => {
      // The last ones get their second.
      setTimeout(() => child.kill('SIGINT'), 300)
      return done
    },
  }
}
