import type { Session } from '../../ssh/session.ts'
import { isRunning, type NetworkSituation, vmsOn } from './situation.ts'

/**
 * Puts the taps of running VMs back onto the network's bridge: a network that stops takes its bridge with it, and
 * libvirt does not bring the taps back when it starts again.
 * @returns the taps that could not be put back
 */
export async function reattachTaps(
  session: Session,
  { domains }: NetworkSituation,
  network: string,
  bridge: string,
): Promise<string[]> {
  const taps = vmsOn(domains, network)
    .filter(isRunning)
    .flatMap(({ nics }) => nics.filter((nic) => nic.sourceKind === 'network' && nic.source === network))
    .flatMap(({ tap }) => (tap === null ? [] : [tap]))
  const lost: string[] = []
  for (const tap of taps) {
    const set = await session.exec(['ip', 'link', 'set', 'dev', tap, 'master', bridge], { sudo: true })
    if (!set.ok || set.value.code !== 0) lost.push(tap)
  }
  return lost
}
