import type { LinkConfig, RouteConfig, RuleConfig } from '../model.ts'

/** What differs between two configurations of a link, in words; null when they say the same. */
export function difference(one: LinkConfig | null, other: LinkConfig | null): string | null {
  if (one === null || other === null) return one === other ? null : 'the link as a whole'
  for (const [key, what] of aspects)
    if (JSON.stringify(plain(one)[key]) !== JSON.stringify(plain(other)[key])) return `${what} of ${one.name}`
  return null
}

const aspects = [
  ['kind', 'the kind'],
  ['mac', 'the MAC'],
  ['mtu', 'the MTU'],
  ['ipv4', 'the IPv4 addressing'],
  ['ipv6', 'the IPv6 addressing'],
  ['dns', 'the DNS servers and domains'],
  ['routes', 'the routes'],
  ['rules', 'the policy rules'],
  ['master', 'the membership'],
  ['port', 'the VLANs as a port'],
  ['bridge', 'the bridge settings'],
  ['vlan', 'the VLAN'],
  ['bond', 'the bond settings'],
] as const

// The order of routes and rules means nothing, and files keep both families apart.
const plain = (link: LinkConfig): LinkConfig => ({
  ...link,
  routes: link.routes.map(routeOf).sort(byText),
  rules: link.rules.map(ruleOf).sort(byText),
  ipv4: inOrder(link.ipv4),
  ipv6: inOrder(link.ipv6),
  dns: inOrder(link.dns),
  port: link.port === null ? null : inOrder(link.port),
  bridge: link.bridge === null ? null : inOrder(link.bridge),
  vlan: link.vlan === null ? null : inOrder(link.vlan),
  bond: link.bond === null ? null : inOrder(link.bond),
})

export const routeOf = (route: RouteConfig): RouteConfig => inOrder(route)
export const ruleOf = (rule: RuleConfig): RuleConfig => inOrder(rule)

/** The same fields in one order, so that texts of them can be compared. */
const inOrder = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) as T

const byText = (a: object, b: object): number => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)

export const sameValue = (one: object | null, other: object | null): boolean =>
  JSON.stringify(one === null ? null : inOrder(one)) === JSON.stringify(other === null ? null : inOrder(other))
