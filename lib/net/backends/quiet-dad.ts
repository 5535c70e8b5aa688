import type { LinkChange } from '../back-end.ts'
import type { Step } from '../change.ts'
import { movesOf } from './moves.ts'

/**
 * The kernel looks for duplicates of a new IPv6 address for a second or more, in which the host does not answer on it.
 * An address that only moves within the host has none: the links that take it over are told not to look meanwhile. A
 * link that is yet to come into being takes that from `default`. What stood there waits in /run, gone with a reboot.
 */
export function withoutDad(changes: readonly LinkChange[], steps: readonly Step[]): Step[] {
  const takers = movesOf(changes)
    .filter(({ taker }) => taker.ipv6.kind !== 'none')
    .map(({ taker }) => changes.find(({ name }) => name === taker.name))
    .flatMap((change) => (change === undefined ? [] : [{ name: change.name, made: change.before === null }]))
  if (takers.length === 0) return [...steps]
  const step = (script: string, args: string[]): Step => ({
    kind: 'run',
    argv: ['sh', '-c', script, 'sh', ...args],
    timeoutSeconds: 5,
    mayFail: true,
  })
  return [
    ...takers.map(({ name, made }) => step(hush, [made ? 'default' : name, name])),
    ...steps,
    ...takers.map(({ name, made }) => step(restore, [made ? 'default' : name, name])),
  ]
}

const paths = 'now=/proc/sys/net/ipv6/conf/$1/accept_dad kept=/run/drawbridge-accept-dad.$2; '
const hush = `${paths}[ -e "$now" ] || exit 0; [ -e "$kept" ] || cat "$now" >"$kept"; echo 0 >"$now"`
const restore = [
  `${paths}[ -e "$kept" ] || exit 0`,
  'for link in "$1" "$2"; do now=/proc/sys/net/ipv6/conf/$link/accept_dad',
  '[ ! -e "$now" ] || cat "$kept" >"$now"',
  'done',
  'rm -f "$kept"',
].join('; ')
