/**
 * A sentence with its parts, so that it can be said in several languages: `code` names a template of
 * messages/<locale>/plan.json, `text` is the English one.
 */
export interface Sentence {
  code: SentenceCode
  values: Record<string, string | number>
  text: string
}

/** English templates. Placeholders are `{name}`; the translations have the same ones. */
export const templates = {
  // Steps of a plan.
  'step.create-bridge': 'Create the bridge {link}.',
  'step.create-vlan': 'Create {link}, VLAN {id} on {parent}.',
  'step.create-bond': 'Create the bond {link} ({mode}).',
  'step.delete': 'Delete {link}.',
  'step.attach': 'Make {port} a port of {master}.',
  'step.detach': 'Take {port} out of {master}.',
  'step.move-addresses':
    'Move {addresses} from {from} to {to}, without a moment without them where the tool can do so.',
  'step.add-address': 'Give {link} the address {address}.',
  'step.remove-address': 'Take the address {address} from {link}.',
  'step.dhcp4': 'Let {link} ask DHCP for its IPv4 address.',
  'step.dhcp4-moved': 'Let {to} ask DHCP instead of {from}, with the same client identifier, so that the lease stays.',
  'step.no-dhcp4': 'Stop DHCP on {link}.',
  'step.ipv6-auto': 'Let {link} take its IPv6 addresses from router advertisements.',
  'step.ipv6-dhcp': 'Let {link} ask DHCPv6.',
  'step.no-ipv6-auto': 'Let {link} no longer heed router advertisements.',
  'step.gateway': 'Set the gateway of {link} to {gateway}.',
  'step.no-gateway': 'Remove the gateway {gateway} of {link}.',
  'step.dns': 'Set the DNS servers of {link} to {servers}.',
  'step.add-route': 'Add the route to {destination} over {link}.',
  'step.remove-route': 'Remove the route to {destination} over {link}.',
  'step.rules': 'Move the policy rules of {link} with its addresses.',
  'step.mtu': 'Set the MTU of {link} to {mtu}.',
  'step.mac': 'Pin the MAC of {link} to {mac}.',
  'step.bridge-setting': 'Set {setting} of {link} to {value}.',
  'step.bond-setting': 'Set {setting} of {link} to {value}.',
  'step.vlan-id': 'Change the VLAN of {link} to {id}.',
  'step.port-vlans': 'Set the VLANs of {port}: untagged {untagged}, tagged {tagged}, PVID {pvid}.',
  'step.tap': 'Put {tap} back into {bridge}.',
  'step.taps-stay': 'Check that every VM port ({count, number}) is where it was, and put back any that is not.',
  'step.reload': 'Let {tool} bring {link} into the state of its files.',
  'step.adopt': 'Write the present state of {link} into the files of {tool}.',
  'step.restore-file': 'Put {path} back to what it was before that change.',
  // Refusals.
  'refuse.name-long': '{what} name is {length, number} characters; Linux allows 15.',
  'refuse.name-characters': 'Use a–z, 0–9, . _ -, starting with a letter.',
  'refuse.name-reserved': '“{name}” is managed by {owner}.',
  'refuse.name-special': '“{name}” means something to the kernel itself; choose another name.',
  'refuse.name-taken': '{name} exists already.',
  'refuse.no-link': 'There is no link named {name}.',
  'refuse.wrong-kind': '{name} is no {kind}.',
  'refuse.port-taken': '{port} is already a port of {master}.',
  'refuse.port-of-bond': '{port} belongs to {bond}; bridge {bond} instead.',
  'refuse.port-has-children': 'Move {child} first: it stands on {port}.',
  'refuse.port-wireless': 'Wi-Fi client interfaces cannot be bridged.',
  'refuse.port-bridge': 'A bridge cannot contain a bridge.',
  'refuse.port-loopback': 'The loopback interface cannot be a port.',
  'refuse.port-foreign': '{port} is managed by {owner}.',
  'refuse.port-kind': '{port} cannot be a port: it is a {kind}.',
  'refuse.loop': 'This would create a loop: {first} and {second} reach the same segment and STP is off.',
  'refuse.mtu': '{mtu, number} exceeds {link}’s maximum {max, number}.',
  'refuse.mtu-low': '{mtu, number} is below {link}’s minimum {min, number}.',
  'refuse.mtu-ipv6': 'IPv6 needs an MTU of at least 1280; {link} would have {mtu, number}.',
  'refuse.mtu-chain': '{upper} cannot have a larger MTU ({mtu, number}) than {lower} beneath it ({max, number}).',
  'refuse.vlan-id': 'VLAN must be 1–4094.',
  'refuse.vlan-taken': '{parent} has VLAN {id} already: {link}.',
  'refuse.vlan-management': 'Management uses VLAN {id} on this port.',
  'refuse.vlan-filtering-off': '{bridge} does not filter VLANs; switch that on first.',
  'refuse.mac-form': '“{mac}” is no MAC address: six bytes in hexadecimal, with colons.',
  'refuse.mac-multicast': '{mac} is a multicast address; the first byte must be even.',
  'refuse.mac-zero': 'A MAC of zeros is none.',
  'refuse.mac-taken': '{mac} belongs to {owner} already.',
  'refuse.address-form': '“{address}” is no address with a prefix, like 192.0.2.10/24.',
  'refuse.address-network': '{address} is the address of the network itself.',
  'refuse.address-broadcast': '{address} is the broadcast address of its network.',
  'refuse.address-multicast': '{address} is a multicast address.',
  'refuse.address-unusable': '{address} cannot be the address of a host.',
  'refuse.address-taken': '{address} is already on {link}.',
  'refuse.subnet-overlap': '{network} on {link} overlaps {other} on {otherLink}.',
  'refuse.gateway-form': '“{gateway}” is no address.',
  'refuse.gateway-outside': 'The gateway {gateway} is in none of the networks of {link}.',
  'refuse.gateway-own': 'The gateway {gateway} is the host’s own address.',
  'refuse.two-defaults': '{link} and {other} would both have a default route of metric {metric}.',
  'refuse.route-form': '“{destination}” is no network.',
  'refuse.dns-form': '“{server}” is no address.',
  'refuse.forward-delay': 'With STP, forward delay is 2–30 s.',
  'refuse.stp-timers': 'STP needs 2 × (forward delay − 1) ≥ max age ≥ 2 × (hello + 1).',
  'refuse.range': '{setting} must be {min}–{max}.',
  'refuse.last-path': 'This is your only path to the host.',
  'refuse.bond-no-ports': 'A bond needs at least one port.',
  'refuse.bond-setting': '{setting} does not exist in mode {mode}.',
  'refuse.bond-primary': '{primary} is no port of {link}.',
  'refuse.running-vms': 'Running VMs use {link}: {vms}. Shut them down or move them to another bridge first.',
  'refuse.defined-vms': 'VMs use {link}: {vms}. Move them to another bridge first.',
  'refuse.in-use': '{other} stands on {link}; remove it first.',
  'refuse.read-only': 'Drawbridge does not change {link}: {reason}',
  'refuse.owner-unknown': '{link} belongs to no tool that Drawbridge knows, so nothing would last over a reboot.',
  'refuse.owner-mixed':
    '{link} is set up by {owner}, the rest of this change by {other}; Drawbridge changes one tool’s files at a time.',
  'refuse.owner-unsupported': '{link} is set up by {owner}, whose files Drawbridge only shows.',
  'refuse.not-expressible': '{tool} cannot say this in its files: {what}.',
  'refuse.cloud-init':
    '{path} is rewritten by cloud-init at each boot; let Drawbridge use a file of its own, or stop cloud-init from managing the network first.',
  'refuse.file-changed': '{path} was changed since; Drawbridge does not overwrite what somebody else wrote.',
  'refuse.busy': '{what} is at work on this host’s network. Let it finish first.',
  'refuse.no-root': 'Changing the network needs root on the host: {reason}',
  'refuse.missing-tool': '{tool} is missing on the host, and {backEnd} cannot be changed without it.',
  'refuse.nothing': 'Nothing would change.',
  // Risks.
  'risk.management':
    'This moves the link that carries Drawbridge’s own connection. The host restores itself if no new connection succeeds.',
  'risk.outage': 'Links that move lose about {least}–{most} ms of traffic.',
  'risk.stp': 'With STP on, a port forwards nothing for {seconds, number} s after it comes up.',
  'risk.bpdu-guard': 'STP towards an edge port: a switch with BPDU guard may disable the port.',
  'risk.running-vms': 'VMs that run on these links lose traffic meanwhile: {vms}.',
  'risk.dhcp':
    'The address comes from DHCP; if the server gives another one, the host restores itself unless it is reached by name.',
  'risk.dhcp-identity':
    'The DHCP client identifier of the present lease could not be read; the server may give another address.',
  'risk.ipv6-dad': 'IPv6 may pause for 1–2 s while the kernel checks for duplicate addresses.',
  'risk.no-carrier': '{link} has no carrier now.',
  'risk.br-netfilter4':
    'br_netfilter is on and the IPv4 FORWARD policy is DROP: VMs on a bridge get no IPv4 traffic until that is allowed.',
  'risk.br-netfilter6':
    'br_netfilter is on and the IPv6 FORWARD policy is DROP: VMs on a bridge get no IPv6 traffic until that is allowed.',
  'risk.firewall-port': 'Firewall rules that name {port} no longer see its packets; name {bridge} instead.',
  'risk.forwarding6': 'IPv6 forwarding is on: the kernel ignores router advertisements unless accept_ra is 2.',
  'risk.cloud-init':
    '{path} belongs to cloud-init, which may write it anew at boot; Drawbridge writes a file of its own that overrides it.',
  'risk.mtu-path':
    'Whether the switch passes {mtu, number} bytes is not known; Drawbridge probes the path after the change.',
  'risk.mtu-guests': 'Running VMs keep their own MTU until they are restarted or told: {vms}.',
  'risk.switch-vlan': 'The switch port must carry these VLANs too.',
  'risk.lacp': 'LACP needs the same on the switch; until it is set up there, at most one port carries traffic.',
} as const satisfies Record<string, string>

export type SentenceCode = keyof typeof templates

/** Says a sentence. Values must be short and clean: they end up in front of a person. */
export function say(code: SentenceCode, values: Record<string, string | number> = {}): Sentence {
  const text = templates[code].replaceAll(/\{(\w+)(?:, number)?\}/g, (whole, name: string) => {
    const value = values[name]
    return value === undefined ? whole : String(value)
  })
  return { code, values, text }
}
