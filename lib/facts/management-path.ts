import type { LinkFacts, ManagementPath, RouteFacts } from './facts.ts'

/** How the SSH session came in: `SSH_CONNECTION` is "client port server port". Null when nobody said. */
export function managementPath(
  sshConnection: string,
  links: readonly LinkFacts[],
  routes: readonly RouteFacts[],
): ManagementPath | null {
  const [remote, , local] = sshConnection.trim().split(' ')
  if (remote === undefined || local === undefined || !isAddress(remote) || !isAddress(local)) return null
  const [localAddress, zone] = plain(local)
  const [remoteAddress] = plain(remote)
  const holder =
    links.find(
      (link) =>
        link.addresses.some(({ address }) => address === localAddress) && (zone === undefined || zone === link.name),
    ) ??
    // The address was translated on the way: then the way back is the best that is known.
    links.find((link) => link.name === routes.find((route) => route.destination === 'default')?.device)
  if (holder === undefined || holder.kind === 'loopback') return { localAddress, remoteAddress, links: [] }
  const chain: string[] = []
  descend(holder, links, chain)
  return { localAddress, remoteAddress, links: chain }
}

const isAddress = (text: string): boolean => /^[0-9a-f:.]{2,45}(%[^\s%]{1,15})?$/i.test(text)

/** Without the zone, and an IPv4 address that came over an IPv6 socket as IPv4. */
const plain = (text: string): [string, string | undefined] => {
  const [address = '', zone] = text.split('%')
  return [address.toLowerCase().replace(/^::ffff:(?=\d+\.)/, ''), zone]
}

/** From a link down to the adapters. All ports that may be the way out are named: cutting any of them is a risk. */
function descend(link: LinkFacts, links: readonly LinkFacts[], chain: string[]): void {
  if (chain.includes(link.name)) return
  chain.push(link.name)
  const below =
    link.bridge !== null
      ? links.filter((port) => port.master === link.name && isWayOut(port))
      : link.bond !== null
        ? links.filter((port) => port.master === link.name)
        : link.kind !== 'veth' && link.lower !== null
          ? links.filter((other) => other.name === link.lower)
          : []
  for (const next of below) descend(next, links, chain)
}

/** Not towards a VM or a container on this host. */
const isWayOut = (port: LinkFacts): boolean =>
  port.vm === null &&
  port.kind !== 'tap' &&
  port.kind !== 'dummy' &&
  port.backEnd !== 'libvirt' &&
  port.backEnd !== 'docker' &&
  !(port.kind === 'veth' && port.lower !== null)
