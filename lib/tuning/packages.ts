import type { HostFacts } from '../facts/facts.ts'
import type { TuningCheck } from './check.ts'
import { longCommand, type Command } from './command.ts'
import type { Situation } from './preparation.ts'

type Manager = NonNullable<HostFacts['os']['packageManager']>

interface Need {
  what: string
  /** Any of these commands proves that it is there, wherever it came from. */
  tools: readonly string[]
  packages: Record<Manager, readonly string[]>
  onlyIf?: (situation: Situation) => boolean
}

const needs: readonly Need[] = [
  {
    what: 'QEMU',
    tools: ['qemu-system-x86_64', 'qemu-kvm'],
    packages: { apt: ['qemu-system-x86'], dnf: ['qemu-kvm'], zypper: ['qemu-x86'] },
    onlyIf: ({ facts }) => facts.os.architecture === 'x86_64',
  },
  {
    what: 'QEMU',
    tools: ['qemu-system-aarch64', 'qemu-kvm'],
    packages: { apt: ['qemu-system-arm'], dnf: ['qemu-kvm'], zypper: ['qemu-arm'] },
    onlyIf: ({ facts }) => facts.os.architecture === 'aarch64',
  },
  {
    what: 'qemu-img',
    tools: ['qemu-img'],
    packages: { apt: ['qemu-utils'], dnf: ['qemu-img'], zypper: ['qemu-tools'] },
  },
  {
    what: 'libvirt',
    tools: ['libvirtd', 'virtqemud'],
    packages: {
      apt: ['libvirt-daemon-system'],
      dnf: ['libvirt-daemon-kvm'],
      zypper: ['libvirt-daemon-qemu', 'libvirt-daemon-config-network'],
    },
  },
  {
    what: 'virsh',
    tools: ['virsh'],
    packages: { apt: ['libvirt-clients'], dnf: ['libvirt-client'], zypper: ['libvirt-client'] },
  },
  {
    what: 'dnsmasq (addresses in NAT networks)',
    tools: ['dnsmasq'],
    packages: { apt: ['dnsmasq-base'], dnf: ['dnsmasq'], zypper: ['dnsmasq'] },
  },
  {
    what: 'iptables or nft (NAT networks)',
    tools: ['iptables', 'nft'],
    packages: { apt: ['iptables'], dnf: ['iptables-nft'], zypper: ['iptables'] },
  },
  {
    what: 'bridge (VLANs on bridge ports)',
    tools: ['bridge'],
    packages: { apt: ['iproute2'], dnf: ['iproute'], zypper: ['iproute2'] },
  },
  {
    what: 'ethtool (offloads, rings, channels)',
    tools: ['ethtool'],
    packages: { apt: ['ethtool'], dnf: ['ethtool'], zypper: ['ethtool'] },
  },
  {
    // Its hooks read bridge_ports in interfaces(5); nothing else here uses brctl.
    what: 'bridge-utils (bridges in ifupdown)',
    tools: ['brctl'],
    packages: { apt: ['bridge-utils'], dnf: [], zypper: [] },
    onlyIf: ({ facts }) => facts.network.backEnd === 'ifupdown' && facts.os.packageManager === 'apt',
  },
]

const missing = (situation: Situation): Need[] =>
  needs.filter(
    ({ tools, onlyIf }) => (onlyIf?.(situation) ?? true) && !tools.some((tool) => situation.preparation.hasTool(tool)),
  )

// A person's own changes to configuration files stay, nothing asks a question, and a running apt is waited for.
const aptGet = (...words: string[]): Command =>
  longCommand(
    'env',
    'DEBIAN_FRONTEND=noninteractive',
    'apt-get',
    '-y',
    '-o',
    'DPkg::Lock::Timeout=300',
    '-o',
    'Dpkg::Options::=--force-confdef',
    '-o',
    'Dpkg::Options::=--force-confold',
    ...words,
  )

const installCommands: Record<Manager, (packages: string[]) => Command[]> = {
  apt: (packages) => [aptGet('update'), aptGet('install', '--no-install-recommends', '--', ...packages)],
  dnf: (packages) => [longCommand('dnf', '-y', 'install', '--', ...packages)],
  zypper: (packages) => [longCommand('zypper', '--non-interactive', 'install', '--no-recommends', '--', ...packages)],
}

/** QEMU, libvirt and the tools that Drawbridge calls. */
export const packages: TuningCheck = {
  id: 'packages',
  title: 'Packages',
  why: 'QEMU runs the VMs, libvirt manages them, and the network tools configure and measure bridges.',
  evaluate: (situation) => {
    if (situation.preparation.underway.length > 0)
      return { state: 'missing', evidence: 'Drawbridge is installing packages on this host just now.' }
    const lacking = missing(situation)
    return lacking.length === 0
      ? { state: 'ok', evidence: 'QEMU, libvirt and the network tools are installed.' }
      : { state: 'missing', evidence: `Not installed: ${lacking.map(({ what }) => what).join(', ')}.` }
  },
  fix: (situation) => {
    if (situation.preparation.underway.length > 0)
      return { sentence: 'Follow the installation that is under way.', commands: [] }
    const manager = situation.facts.os.packageManager
    if (manager === null) return null
    const names = [...new Set(missing(situation).flatMap((need) => need.packages[manager]))]
    if (names.length === 0) return null
    return {
      sentence: `Install ${names.join(', ')} from the host’s own package sources.`,
      commands: installCommands[manager](names),
    }
  },
}
