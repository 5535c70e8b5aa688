import { parseAddress } from '../net/names.ts'
import { jsonRows, text, words } from './json.ts'

/** That a MAC has this address, as somebody on the host was heard to say. */
export interface SeenAddress {
  mac: string
  address: string
}

const macText = (mac: string | null): string | null => {
  const lower = mac?.toLowerCase() ?? ''
  return /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(lower) ? lower : null
}

export function seenAddress(mac: string | null, address: string | null): SeenAddress | null {
  const hardware = macText(mac)
  const parsed = address === null ? null : parseAddress(address)
  if (hardware === null || parsed === null) return null
  // Each link has one of these for every guest; nobody can be reached by it from elsewhere.
  const isLocal = parsed.family === 'inet6' && /^fe[89ab]/.test(parsed.text)
  return isLocal || /^(127|0|169\.254)\./.test(parsed.text) || parsed.text === '::1'
    ? null
    : { mac: hardware, address: parsed.text }
}

// What nobody answers for is not there.
const dead = ['FAILED', 'INCOMPLETE', 'NOARP', 'NONE']

/** Of `ip -j neigh show`. */
export function readNeighbours(output: string): SeenAddress[] {
  return (jsonRows(output) ?? []).flatMap((row) => {
    const seen = seenAddress(text(row, 'lladdr'), text(row, 'dst'))
    return seen === null || words(row, 'state').some((state) => dead.includes(state)) ? [] : [seen]
  })
}

/** Of one line of the reader of what passes by: `MAC address`. */
export function readPassing(line: string): SeenAddress | null {
  const [mac = null, address = null] = line.trim().split(' ')
  return seenAddress(mac, address)
}
