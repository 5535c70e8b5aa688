import { createHash, randomBytes } from 'node:crypto'
import { sha256 } from '../../lib/host/commit-bundle.ts'
import type { Expectation, HostChange } from '../../lib/net/change.ts'
import type { LabHost } from '../lab/host.ts'

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
export const newId = (): string => Array.from(randomBytes(26), (byte) => alphabet[byte % 32]).join('')
export const newToken = (): { token: string; tokenSha256: string } => {
  const token = randomBytes(32).toString('hex')
  return { token, tokenSha256: createHash('sha256').update(token).digest('hex') }
}

export const interfacesFile = '/etc/network/interfaces'
/** A port of a VM that has nothing to do with the change: made by `addTap`. */
export const tap = 'vnet9'
export const vmBridge = 'brvm'

/** A tap on a bridge of its own, as libvirt would have plugged it. */
export const addTap = (host: LabHost): Promise<string> =>
  host.sh(
    `ip link add ${vmBridge} type bridge 2>/dev/null; ip link set ${vmBridge} up; ip tuntap add ${tap} mode tap 2>/dev/null; ip link set ${tap} master ${vmBridge} up`,
  )

/**
 * By hand, on an ifupdown host: br0 over the NIC that carries SSH, address and default route moved. Nothing of the
 * planner or of a back-end is in it, so that the engine is judged alone.
 */
export async function bridgeChange(host: LabHost, overrides: Partial<HostChange> = {}): Promise<HostChange> {
  const { address, address6 } = host.record
  const gateway = address.replace(/\d+$/, '254')
  const before = await host.sh(`cat ${interfacesFile}`)
  const mac = (await host.sh('cat /sys/class/net/enp1s0/address')).trim()
  const after = before
    .replaceAll('enp1s0', 'br0')
    .replace('gateway', `hwaddress ${mac}\n\tbridge_ports enp1s0\n\tbridge_stp off\n\tbridge_fd 0\n\tgateway`)
  const hasAddress = (link: string): Expectation[] => [
    { kind: 'address', link, cidr: `${address}/24` },
    { kind: 'address', link, cidr: `${address6}/64` },
    { kind: 'route', family: 'inet', destination: 'default', gateway, link, table: 'main' },
  ]
  return {
    id: newId(),
    files: [{ path: interfacesFile, beforeSha256: sha256(before), after, mode: 0o644 }],
    check: [
      {
        kind: 'run',
        argv: ['ifup', '--no-act', '--interfaces', `@candidate@${interfacesFile}`, '-a'],
        timeoutSeconds: 10,
      },
    ],
    apply: [
      { kind: 'files' },
      { kind: 'run', argv: ['ip', 'link', 'add', 'br0', 'address', mac, 'type', 'bridge'], timeoutSeconds: 5 },
      { kind: 'run', argv: ['ip', 'link', 'set', 'br0', 'up'], timeoutSeconds: 5 },
      {
        kind: 'ip',
        lines: [
          `addr add ${address}/24 brd + dev br0`,
          `addr add ${address6}/64 dev br0 nodad`,
          `link set enp1s0 master br0`,
          `addr del ${address}/24 dev enp1s0`,
          `addr del ${address6}/64 dev enp1s0`,
          `route replace default via ${gateway} dev br0 onlink`,
        ],
      },
      { kind: 'lines', path: '/run/network/ifstate', remove: ['enp1s0=enp1s0'], add: ['br0=br0'] },
    ],
    undo: [
      { kind: 'lines', path: '/run/network/ifstate', remove: ['br0=br0'], add: [] },
      { kind: 'run', argv: ['ifup', '--force', 'enp1s0'], timeoutSeconds: 20 },
    ],
    restore: [
      ['link', 'set', 'enp1s0', 'nomaster'],
      ['link', 'set', 'enp1s0', 'up'],
      ['addr', 'replace', `${address}/24`, 'brd', '+', 'dev', 'enp1s0'],
      ['addr', 'replace', `${address6}/64`, 'dev', 'enp1s0', 'nodad'],
      ['route', 'replace', 'default', 'via', gateway, 'dev', 'enp1s0', 'onlink'],
    ],
    created: ['br0'],
    expect: [
      { kind: 'up', link: 'br0' },
      { kind: 'mac', link: 'br0', mac },
      { kind: 'sysfs', link: 'br0', file: 'bridge/stp_state', value: '0' },
      { kind: 'master', link: 'enp1s0', master: 'br0' },
      ...hasAddress('br0'),
      { kind: 'no-address', link: 'enp1s0', cidr: `${address}/24` },
    ],
    expectOld: [
      { kind: 'no-link', link: 'br0' },
      { kind: 'up', link: 'enp1s0' },
      { kind: 'master', link: 'enp1s0', master: null },
      ...hasAddress('enp1s0'),
    ],
    taps: [{ tap, bridge: vmBridge }],
    probes: [address.replace(/\d+$/, '1')],
    windowSeconds: 60,
    applySeconds: 20,
    ...overrides,
  }
}
