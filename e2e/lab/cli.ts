import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'
import { findLab, openLab, type Lab } from './lab.ts'
import type { LabHost } from './host.ts'
import { FLAVOURS, LAB_PASSWORD } from './host-spec.ts'
import { guestNames, type LabGuest } from './guest.ts'
import { listLabs, sweepStaleLabs } from './runtime.ts'

const USAGE = `drawbridge lab: real KVM hosts on this machine

  up [--flavour F] [--name N] [--bridge] [--guests K] [--traffic PPS] [--json]
                        boot a host (F: ${FLAVOURS.join(', ')}, or
                        machine: a whole one with its own kernel, for VLANs, bonds, OVS, vhost-net, nested KVM);
                        --bridge: with br0; --guests, --traffic: K guests on it, PPS packets/s to the first
     --nics N  --kvm absent|machine|emulated  --root-password  --guest-boot kernel|disk
     --owner-pid PID    the lab ends with this process
  list [--json]         what is up, and how to reach it
  down [NAME | --all]   remove a host, or this lab; --all: every lab
  shell NAME [-- CMD…]  a root shell on the host, past its network
  reboot | power-cut | power-off | power-on NAME
  carrier NAME NIC up|down
  fill-disk | free-disk NAME
  rekey NAME            give it new SSH host keys
  sshd NAME start|stop

  --lab ID              which lab (default: $DRAWBRIDGE_LAB, else "main")`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    flavour: { type: 'string', default: 'networkd' },
    name: { type: 'string' },
    bridge: { type: 'boolean', default: false },
    guests: { type: 'string', default: '0' },
    'guest-boot': { type: 'string', default: 'kernel' },
    traffic: { type: 'string' },
    nics: { type: 'string', default: '2' },
    kvm: { type: 'string', default: 'absent' },
    'root-password': { type: 'boolean', default: false },
    'owner-pid': { type: 'string' },
    lab: { type: 'string', default: process.env['DRAWBRIDGE_LAB'] || 'main' },
    json: { type: 'boolean', default: false },
    all: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
})

/** Progress goes to stderr: stdout is the answer. */
const say = (line: string) => console.error(`lab: ${line}`)

function oneOf<T extends string>(what: string, text: string, allowed: readonly T[]): T {
  const found = allowed.find((value) => value === text)
  if (found === undefined) throw new Error(`--${what} is one of ${allowed.join(', ')}, not "${text}"`)
  return found
}

function count(what: string, text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new Error(`--${what} is a number, not "${text}"`)
  return Number(text)
}

function labNamed(id: string): Lab {
  const lab = findLab(id)
  if (lab === null) throw new Error(`there is no lab "${id}": see drawbridge lab list`)
  return lab
}

function describeHost(host: LabHost, guests: readonly LabGuest[] = []) {
  const { name, flavour, bridge, address, address6 } = host.record
  const access = {
    sshPort: host.sshPort,
    keyPath: host.keyPath,
    users: ['root', 'kvmadmin', 'limited'],
    password: LAB_PASSWORD,
  }
  return { name, state: host.state(), flavour, bridge, address, address6, ...access, guests }
}

async function up(): Promise<void> {
  await sweepStaleLabs()
  const pid = values['owner-pid'] === undefined ? null : count('owner-pid', values['owner-pid'])
  const flavour = oneOf('flavour', values.flavour, [...FLAVOURS, 'machine'] as const)
  const kvm = oneOf('kvm', values.kvm, ['absent', 'machine', 'emulated'] as const)
  const boot = oneOf('guest-boot', values['guest-boot'], ['kernel', 'disk'] as const)
  const wanted = count('guests', values.guests)
  const pps = values.traffic === undefined ? null : count('traffic', values.traffic)
  // A guest needs a bridge to stand on.
  const bridge = values.bridge || wanted > 0
  const nics = count('nics', values.nics)

  const existing = findLab(values.lab)
  const lab = existing ?? (await openLab({ id: values.lab, ownerPid: pid, say }))
  const before = Date.now()
  const spec = { name: values.name, bridge, nics, rootPassword: values['root-password'] }
  const host: LabHost =
    flavour === 'machine' ? await lab.addMachine(spec) : await lab.addHost({ ...spec, flavour, kvm })
  say(`${host.name} (${flavour}) answers SSH at ${host.address} after ${((Date.now() - before) / 1000).toFixed(1)} s`)
  const guests: LabGuest[] = []
  for (let n = 0; n < wanted; n++) {
    const guest = await host.addGuest({ boot })
    say(`${guest.name} answers pings at ${guest.address}`)
    guests.push(guest)
  }
  if (pps !== null && pps > 0) lab.traffic(guests[0]?.address ?? host.address, pps)

  if (values.json)
    console.log(JSON.stringify({ lab: lab.id, subnet: lab.subnet, ...describeHost(host, guests) }, null, 2))
  else {
    const password = `password of kvmadmin and limited: ${LAB_PASSWORD}`
    console.log(`ssh -i ${host.keyPath} root@${host.address}   (or kvmadmin@, limited@; ${password})`)
  }
}

async function list(): Promise<void> {
  const labs = await Promise.all(
    listLabs().map(async ({ id, owner, createdAt }) => {
      const lab = labNamed(id)
      const hosts = lab.hosts.map((host) => describeHost(host))
      return { lab: id, subnet: lab.subnet, ownerPid: owner?.pid ?? null, createdAt, hosts }
    }),
  )
  if (values.json) return console.log(JSON.stringify(labs, null, 2))
  for (const lab of labs) {
    console.log(
      `${lab.lab}  ${lab.subnet}  ${lab.ownerPid === null ? 'stays until taken down' : `of process ${lab.ownerPid}`}`,
    )
    for (const host of lab.hosts) {
      const bridge = host.bridge ? ' br0' : ''
      console.log(
        `  ${host.name}  ${host.address}  ${host.flavour}${bridge}  ${host.state}  ssh -i ${host.keyPath} root@${host.address}`,
      )
    }
  }
  if (labs.length === 0) console.log('no lab is up')
}

async function down(name: string | undefined): Promise<void> {
  if (values.all) {
    for (const { id } of listLabs()) await labNamed(id).close()
    return
  }
  const lab = findLab(values.lab)
  if (lab === null) return say(`there is no lab "${values.lab}"`)
  if (name !== undefined) await lab.host(name).remove()
  if (name === undefined || lab.hosts.length === 0) await lab.close()
}

async function shell(host: LabHost, command: readonly string[]): Promise<void> {
  const argv = host.shellArgv(command.length > 0 ? command : ['bash', '-l'])
  const ended = spawnSync(argv[0] ?? '', argv.slice(1), { stdio: 'inherit' })
  process.exitCode = ended.status ?? 1
}

async function main([verb, name, ...rest]: string[]): Promise<void> {
  if (values.help || verb === undefined || verb === 'help') return console.log(USAGE)
  if (verb === 'up') return up()
  if (verb === 'list') return list()
  if (verb === 'down') return down(name)
  const verbs: Record<string, (host: LabHost) => Promise<unknown>> = {
    shell: (host) => shell(host, rest),
    reboot: (host) => host.reboot(),
    'power-cut': (host) => host.powerCut(),
    'power-off': (host) => host.powerOff(),
    'power-on': (host) => host.powerOn(),
    carrier: (host) => host.carrier(rest[0] ?? '', oneOf('carrier', rest[1] ?? '', ['up', 'down'] as const)),
    'fill-disk': (host) => host.fillDisk(),
    'free-disk': (host) => host.freeDisk(),
    rekey: async (host) => console.log((await host.rekey()).map((key) => `${key.type} ${key.sha256}`).join('\n')),
    sshd: (host) => host.sshd(oneOf('sshd', rest[0] ?? '', ['start', 'stop'] as const)),
    guests: async (host) => console.log((await guestNames(host)).join('\n')),
  }
  const act = verbs[verb]
  if (act === undefined) throw new Error(`drawbridge lab has no "${verb}"\n\n${USAGE}`)
  if (name === undefined) throw new Error(`which host? drawbridge lab ${verb} NAME`)
  await act(labNamed(values.lab).host(name))
}

try {
  await main(positionals)
} catch (error) {
  say(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
}
