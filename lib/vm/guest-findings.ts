import type { DomainNic } from './domain.ts'

interface Seen {
  mtu: number | null
  linkUp: boolean | null
  rxQueues: number | null
}

/** Where the guest's side of a NIC is not what the VM has, in sentences. What the guest does not say is no finding. */
export function guestFindings(nic: Pick<DomainNic, 'queues' | 'mtu' | 'linkUp'>, seen: Seen): string[] {
  const queues = nic.queues ?? 1
  const findings: string[] = []
  if (seen.rxQueues !== null && seen.rxQueues < queues)
    findings.push(
      `The card has ${queues} queues, the guest uses ${seen.rxQueues}: it has fewer vCPUs, or its driver was told so (ethtool -L).`,
    )
  if (nic.mtu !== null && seen.mtu !== null && seen.mtu !== nic.mtu)
    findings.push(`The card’s MTU is ${nic.mtu}, the guest has set ${seen.mtu}: larger packets are dropped.`)
  if (nic.linkUp && seen.linkUp === false) findings.push('The link is up, but the guest sees no carrier.')
  if (!nic.linkUp && seen.linkUp === true) findings.push('The link is pulled, but the guest still sees a carrier.')
  return findings
}
