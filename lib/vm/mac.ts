/** The prefix libvirt itself gives QEMU's NICs. */
const prefix = '52:54:00'

/** @param bytes random; the first three are used */
export const macOf = (bytes: Uint8Array): string =>
  [prefix, ...[0, 1, 2].map((at) => (bytes[at] ?? 0).toString(16).padStart(2, '0'))].join(':')

/**
 * A MAC that nobody has: libvirt never notices one that is there twice.
 * @param taken lower case; grows by the new one
 * @param random three bytes at a time
 */
export function freeMac(taken: Set<string>, random: () => Uint8Array): string {
  for (let attempt = 0; attempt < 1000; attempt++) {
    const mac = macOf(random())
    if (taken.has(mac)) continue
    taken.add(mac)
    return mac
  }
  throw new Error('no free MAC in a thousand: what hands in the random bytes is broken')
}

/** Why this can't be a NIC's MAC, or null. */
export function macRefusal(mac: string): string | null {
  if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/.test(mac)) return 'Write a MAC as 52:54:00:12:34:56.'
  if (mac === '00:00:00:00:00:00') return 'This MAC is all zeros: no NIC can have it.'
  if ((Number.parseInt(mac.slice(0, 2), 16) & 1) === 1)
    return `${mac} is a group address: a NIC’s MAC has an even first byte.`
  // libvirt gives the tap this prefix; the guest's would be the same as its own tap's.
  return mac.startsWith('fe:') ? 'MACs that begin with fe: are the host’s own, of its taps. Choose another.' : null
}
