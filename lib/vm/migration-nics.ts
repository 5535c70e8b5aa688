import type { LinkFacts } from '../facts/facts.ts'
import type { DomainNic } from './domain.ts'
import type { MigrationHost, MigrationSituation, Say } from './migration-check.ts'

/** Has the target what this NIC is on, and is it the same there? */
export function checkNic(nic: DomainNic, { source, target }: MigrationSituation, say: Say) {
  const name = nic.source ?? ''
  const linkOf = ({ facts }: MigrationHost) => facts.network.links.find((link) => link.name === name)
  if (nic.sourceKind === 'network') {
    const network = target.facts.libvirt.networks.find((one) => one.name === name)
    if (network === undefined)
      say(
        'network',
        'missing',
        `${target.name} has no libvirt network named ${name}, which ${nic.mac} is on. Make it there.`,
      )
    else if (!network.active)
      say('network', 'missing', `The libvirt network ${name} does not run on ${target.name}. Start it.`)
    return
  }
  if (nic.sourceKind === 'direct') {
    if (linkOf(target) === undefined)
      say('interface', 'missing', `${target.name} has no interface named ${name}, which ${nic.mac} is on.`)
    return
  }
  if (nic.sourceKind !== 'bridge') return
  const there = linkOf(target)
  if (there === undefined || (there.kind !== 'bridge' && there.kind !== 'ovs')) {
    say('bridge', 'missing', `${target.name} has no bridge named ${name}, which ${nic.mac} is on. Make it there first.`)
    return
  }
  // Open vSwitch forwards, whether the host's own port on it is up or not.
  if (there.kind === 'bridge' && !there.up)
    say('bridge', 'missing', `The bridge ${name} is down on ${target.name}. Bring it up.`)
  checkBridge(nic, linkOf(source), there, { source, target }, say)
}

function checkBridge(
  nic: DomainNic,
  here: LinkFacts | undefined,
  there: LinkFacts,
  { source, target }: Pick<MigrationSituation, 'source' | 'target'>,
  say: Say,
) {
  const { name } = there
  const mtu = nic.mtu ?? here?.mtu ?? there.mtu
  if (there.mtu < mtu)
    say(
      'mtu',
      'missing',
      `${name} has MTU ${there.mtu} on ${target.name}, less than the ${mtu} that ${nic.mac} has. Raise it.`,
    )
  if (here === undefined) return
  const aware = (link: LinkFacts) => link.bridge?.vlanFiltering === true
  if (aware(here) !== aware(there)) {
    const [yes, no] = aware(here) ? [source.name, target.name] : [target.name, source.name]
    say('vlan', 'missing', `${name} is VLAN-aware on ${yes} and not on ${no}. Make both the same.`)
    return
  }
  const [hereVlans, thereVlans] = [uplinkVlans(here, source), uplinkVlans(there, target)]
  const wanted = nic.vlan === null ? hereVlans : new Set(nic.vlan.tags)
  const lacking = aware(here) ? [...wanted].filter((vlan) => !thereVlans.has(vlan)) : []
  if (lacking.length > 0)
    say(
      'vlan',
      nic.vlan === null ? 'warning' : 'missing',
      `The uplink of ${name} on ${target.name} does not carry VLAN ${lacking.slice(0, 8).join(', ')}.`,
    )
  const hasUplink = (host: MigrationHost) =>
    host.facts.network.links.some(({ master, kind, carrier }) => master === name && kind !== 'tap' && carrier !== false)
  if (hasUplink(source) && !hasUplink(target))
    say(
      'bridge',
      'warning',
      `${name} has no uplink with a carrier on ${target.name}: the VM would reach only what is on that host.`,
    )
}

/** What ports other than VMs' carry. */
function uplinkVlans(bridge: LinkFacts, { facts }: MigrationHost): Set<number> {
  const ports = facts.network.links.filter(({ master, kind }) => master === bridge.name && kind !== 'tap')
  return new Set(
    ports.flatMap(({ bridgePort }) => (bridgePort === null ? [] : [...bridgePort.untagged, ...bridgePort.tagged])),
  )
}
