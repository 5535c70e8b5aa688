import type * as z from 'zod'
import type { Actor } from '../../../access/can.ts'
import type { EditedVm, insertMediaSchema, ejectMediaSchema } from '../../../contract/vm-edit.ts'
import { Problem } from '../../../kit/problem.ts'
import { refuse } from '../../refuse.ts'

export async function insertMedia(
  actor: Actor,
  _reference: string,
  _target: string,
  _asked: z.output<typeof insertMediaSchema>,
  _now: () => Date,
): Promise<EditedVm> {
  await refuse(actor, 'vm.edit')
  throw new Problem({ code: 'not-ready', kind: 'conflict', title: 'This is not ready yet.' })
}

export async function ejectMedia(
  actor: Actor,
  _reference: string,
  _target: string,
  _asked: z.output<typeof ejectMediaSchema>,
  _now: () => Date,
): Promise<EditedVm> {
  await refuse(actor, 'vm.edit')
  throw new Problem({ code: 'not-ready', kind: 'conflict', title: 'This is not ready yet.' })
}
