import type * as z from 'zod'
import type { Actor } from '../../../access/can.ts'
import type { EditedVm, resizeDiskSchema } from '../../../contract/vm-edit.ts'
import { Problem } from '../../../kit/problem.ts'
import { refuse } from '../../refuse.ts'

export async function resizeDisk(
  actor: Actor,
  _reference: string,
  _target: string,
  _asked: z.output<typeof resizeDiskSchema>,
  _now: () => Date,
): Promise<EditedVm> {
  await refuse(actor, 'vm.edit')
  throw new Problem({ code: 'not-ready', kind: 'conflict', title: 'This is not ready yet.' })
}
