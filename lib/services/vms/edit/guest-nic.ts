import type { Actor } from '../../../access/can.ts'
import type { GuestNic } from '../../../contract/vm-edit.ts'
import { Problem } from '../../../kit/problem.ts'
import { refuse } from '../../refuse.ts'

export async function readGuestNic(
  actor: Actor,
  _reference: string,
  _mac: string,
  _now: () => Date,
): Promise<GuestNic> {
  await refuse(actor, 'vm.read')
  throw new Problem({ code: 'not-ready', kind: 'conflict', title: 'This is not ready yet.' })
}
