import type { Actor } from '../../../access/can.ts'
import type { GuestNic } from '../../../contract/vm-edit.ts'
import { agentNics, agentNicState } from '../../../host/libvirt/guest-agent.ts'
import { guestFindings } from '../../../vm/guest-findings.ts'
import { refuse } from '../../refuse.ts'
import { findVm } from '../find.ts'
import { noNic } from './nics.ts'

const unasked = (reason: string): GuestNic => ({
  reason,
  name: null,
  mtu: null,
  linkUp: null,
  rxQueues: null,
  txQueues: null,
  addresses: [],
  findings: [],
})

/** A NIC as the guest itself sees it, and where that is not what it is set to. @param address MAC */
export async function readGuestNic(
  actor: Actor,
  reference: string,
  address: string,
  now: () => Date,
): Promise<GuestNic> {
  await refuse(actor, 'vm.read')
  const found = await findVm(reference, now)
  const mac = address.toLowerCase()
  const { running, defined } = found.domain
  const nic = (running ?? defined).nics.find((one) => one.mac === mac)
  if (nic === undefined) throw noNic(found, mac)
  if (running === null) return unasked('The VM does not run.')
  if (running.agent === 'absent')
    return unasked(
      'The VM has no channel for a guest agent, so the guest can’t be asked. Add one, and install qemu-guest-agent in it.',
    )
  const nics = await agentNics(found.client, found.domain.ref)
  if (!nics.ok) return unasked(nics.error)
  const seen = nics.value.find((one) => one.mac === mac)
  if (seen === undefined)
    return { ...unasked('The guest does not see this card: it has no driver for it, or has not taken it yet.') }
  const state = await agentNicState(found.client, found.domain.ref, seen.name)
  const { name, addresses } = seen
  return { reason: null, name, ...state, addresses, findings: guestFindings(nic, state) }
}
