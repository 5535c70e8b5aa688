import { linesOf, sectionOf, type Answer, type Section } from './answer.ts'
import type { RouteFacts } from './facts.ts'
import { jsonRows, number, rows, text, type Json } from './json.ts'

// A full Internet table is a million; what matters for a host is in the first few.
export const maxRoutes = 2000

/** Unicast routes of all tables but `local`. Null when the host did not give the list, or more than could be read. */
export function parseRoutes(section: Section, family: 'inet' | 'inet6'): RouteFacts[] | null {
  const listed = section.code === 0 ? jsonRows(section.text) : null
  if (listed === null) return null
  return listed.flatMap((row) => routesOf(row, family))
}

function routesOf(row: Json, family: 'inet' | 'inet6'): RouteFacts[] {
  const destination = text(row, 'dst')
  const type = text(row, 'type') ?? 'unicast'
  const table = text(row, 'table') ?? 'main'
  if (destination === null || type !== 'unicast' || table === 'local') return []
  const whole = {
    family,
    destination: destination === '0.0.0.0/0' || destination === '::/0' ? 'default' : destination,
    metric: number(row, 'metric'),
    protocol: text(row, 'protocol'),
    table,
    source: text(row, 'prefsrc'),
  }
  const hops = rows(row, 'nexthops')
  return (hops.length === 0 ? [row] : hops).flatMap((hop) => {
    const device = text(hop, 'dev')
    if (device === null) return []
    const via = hop['via']
    const other = typeof via === 'object' && via !== null ? text(via as Json, 'host') : null
    return [{ ...whole, gateway: text(hop, 'gateway') ?? other, device }]
  })
}

/** systemd-resolved's own list where /etc/resolv.conf names its stub alone. */
export function parseDnsServers(answer: Answer): string[] {
  const servers = (name: string) =>
    linesOf(sectionOf(answer, name))
      .map((line) => /^nameserver\s+([0-9a-f:.]{2,45}(?:%[\w.-]{1,15})?)\s*$/i.exec(line)?.[1])
      .filter((server) => server !== undefined)
  const plain = servers('resolv')
  const upstream = servers('resolved')
  const isStub = plain.every((server) => server === '127.0.0.53' || server === '127.0.0.54')
  return [...new Set(isStub && upstream.length > 0 ? upstream : plain)].slice(0, 16)
}
