import type { TuningCheck } from './check.ts'
import { command, writeFile } from './command.ts'
import type { Situation } from './preparation.ts'

const settingsFile = '/etc/sysctl.d/90-drawbridge-bridge.conf'
const ruleFile = '/etc/udev/rules.d/90-drawbridge-bridge.rules'
const settings = ['iptables', 'ip6tables', 'arptables']
  .map((name) => `net.bridge.bridge-nf-call-${name} = 0\n`)
  .join('')

// The settings exist only while the module is loaded, so sysctl at boot finds nothing to set: the rule waits for it.
const rule = `ACTION=="add", SUBSYSTEM=="module", KERNEL=="br_netfilter", RUN+="/usr/sbin/sysctl -q -p ${settingsFile}"\n`

const isOn = ({ facts: { network } }: Situation): boolean =>
  network.brNetfilter.ipv4 === true || network.brNetfilter.ipv6 === true || network.brNetfilter.arp === true

/** Somebody on this host wants bridged frames filtered. */
function wantedBy({ facts: { network } }: Situation): string | null {
  if (network.firewall.docker) return 'Docker'
  if (network.links.some((link) => link.kind === 'bridge' && /^(cni|cbr|kube)/.test(link.name))) return 'Kubernetes'
  return null
}

export const brNetfilter: TuningCheck = {
  id: 'br-netfilter',
  title: 'Bridged frames bypass iptables',
  why: 'With br_netfilter every frame between VMs runs through the host’s iptables: 10 to 35 % fewer packets per second, and a FORWARD policy of DROP cuts bridged VMs off without a word. Some container networks need it, so it is asked, never assumed.',
  evaluate: (situation) => {
    const { brNetfilter: state, firewall } = situation.facts.network
    if (!state.loaded) return { state: 'ok', evidence: 'br_netfilter is not loaded.' }
    if (!isOn(situation)) return { state: 'ok', evidence: 'br_netfilter is loaded, and its calls to iptables are off.' }
    const families = [
      ...(state.ipv4 === true ? ['IPv4'] : []),
      ...(state.ipv6 === true ? ['IPv6'] : []),
      ...(state.arp === true ? ['ARP'] : []),
    ]
    const drops = [
      ...(state.ipv4 === true && firewall.forwardDropIpv4 === true ? ['IPv4'] : []),
      ...(state.ipv6 === true && firewall.forwardDropIpv6 === true ? ['IPv6'] : []),
    ]
    const consequence =
      drops.length > 0
        ? ` The FORWARD policy for ${drops.join(' and ')} is DROP: VMs on bridges get through only where a rule allows it.`
        : ''
    const owner = wantedBy(situation)
    const reason = owner === null ? '' : ` ${owner} runs here and may need it, so Drawbridge leaves it alone.`
    return { state: 'warning', evidence: `On for ${families.join(', ')}.${consequence}${reason}` }
  },
  fix: (situation) =>
    wantedBy(situation) === null
      ? {
          sentence: 'Switch the calls to iptables off, now and whenever the module is loaded.',
          commands: [
            ...writeFile(settingsFile, `# Written by Drawbridge: frames on bridges bypass iptables.\n${settings}`),
            ...writeFile(ruleFile, `# Written by Drawbridge, with ${settingsFile}.\n${rule}`),
            command('sysctl', '-q', '-p', settingsFile),
          ],
        }
      : null,
}
