import type * as z from 'zod'
import type { Actor } from '../../../access/can.ts'
import type { EditedVm, editVmSchema } from '../../../contract/vm-edit.ts'
import { Problem } from '../../../kit/problem.ts'
import { refuse } from '../../refuse.ts'

export async function editVm(
  actor: Actor,
  _reference: string,
  _asked: z.output<typeof editVmSchema>,
  _now: () => Date,
): Promise<EditedVm> {
  await refuse(actor, 'vm.edit')
  throw new Problem({ code: 'not-ready', kind: 'conflict', title: 'This is not ready yet.' })
}
