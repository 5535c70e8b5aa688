import type { TuningCheck } from './check.ts'
import { command, type Command } from './command.ts'
import { libvirtSilence, type Situation } from './preparation.ts'

const virsh = (...words: string[]): Command => command('virsh', '-q', '-c', 'qemu:///system', ...words)

const defaultOf = ({ facts }: Situation) => facts.libvirt.networks.find(({ name }) => name === 'default')

/** 192.168.122.0/24 as everywhere, or the next one when this host is itself a VM behind such a network. */
function freeSubnet({ facts: { network } }: Situation): string | null {
  const taken = [
    ...network.routes.map(({ destination }) => destination),
    ...network.links.flatMap(({ addresses }) => addresses.map(({ address }) => address)),
  ]
  for (let third = 122; third < 250; third++)
    if (!taken.some((text) => text.startsWith(`192.168.${third}.`))) return `192.168.${third}`
  return null
}

function freeBridge({ facts: { network, libvirt } }: Situation): string {
  const taken = new Set([...network.links.map(({ name }) => name), ...libvirt.networks.map(({ bridge }) => bridge)])
  for (let number = 0; ; number++) if (!taken.has(`virbr${number}`)) return `virbr${number}`
}

const networkXml = (subnet: string, bridge: string): string => `<network>
  <name>default</name>
  <forward mode='nat'/>
  <bridge name='${bridge}' stp='on' delay='0'/>
  <ip address='${subnet}.1' netmask='255.255.255.0'>
    <dhcp>
      <range start='${subnet}.2' end='${subnet}.254'/>
    </dhcp>
  </ip>
</network>
`

export const defaultNetwork: TuningCheck = {
  id: 'default-network',
  title: 'Network “default”',
  why: 'A NAT network for VMs that need no address of their own on the LAN: to try things, and to install from.',
  evaluate: (situation) => {
    const silence = libvirtSilence(situation)
    if (silence !== null) return { state: 'unknown', evidence: silence }
    const network = defaultOf(situation)
    if (network === undefined) return { state: 'missing', evidence: 'libvirt has no network named “default”.' }
    if (!network.active) return { state: 'missing', evidence: 'It is defined but not started.' }
    if (!network.autostart) return { state: 'missing', evidence: 'It runs, but does not start with the host.' }
    return { state: 'ok', evidence: `It runs on ${network.bridge ?? 'its bridge'} and starts with the host.` }
  },
  fix: (situation) => {
    if (libvirtSilence(situation) !== null) return null
    const network = defaultOf(situation)
    const subnet = freeSubnet(situation)
    if (network === undefined && subnet === null) return null
    return {
      sentence:
        network === undefined
          ? `Define it (NAT, ${subnet}.0/24), start it, and start it with the host.`
          : 'Start it, now and with the host.',
      commands: [
        ...(network === undefined
          ? // virsh opens a file by its name, and what sshd gives it as stdin has none: the pipe from cat has.
            [
              {
                argv: ['sh', '-c', 'cat | virsh -q -c qemu:///system net-define /dev/stdin'],
                stdin: networkXml(subnet ?? '', freeBridge(situation)),
              },
            ]
          : []),
        ...(network?.active === true ? [] : [virsh('net-start', 'default')]),
        ...(network?.autostart === true ? [] : [virsh('net-autostart', 'default')]),
      ],
    }
  },
}
