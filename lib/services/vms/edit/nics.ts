import type * as z from 'zod'
import type { Actor } from '../../../access/can.ts'
import type { AddedNic, EditedVm, editNicSchema, newNicSchema, removeNicQuery } from '../../../contract/vm-edit.ts'
import { Problem } from '../../../kit/problem.ts'
import { refuse } from '../../refuse.ts'

export async function addNic(
  actor: Actor,
  _reference: string,
  _asked: z.output<typeof newNicSchema>,
  _now: () => Date,
): Promise<AddedNic> {
  await refuse(actor, 'vm.edit')
  throw new Problem({ code: 'not-ready', kind: 'conflict', title: 'This is not ready yet.' })
}

export async function editNic(
  actor: Actor,
  _reference: string,
  _mac: string,
  _asked: z.output<typeof editNicSchema>,
  _now: () => Date,
): Promise<EditedVm> {
  await refuse(actor, 'vm.edit')
  throw new Problem({ code: 'not-ready', kind: 'conflict', title: 'This is not ready yet.' })
}

export async function removeNic(
  actor: Actor,
  _reference: string,
  _mac: string,
  _asked: z.output<typeof removeNicQuery>,
  _now: () => Date,
): Promise<EditedVm> {
  await refuse(actor, 'vm.edit')
  throw new Problem({ code: 'not-ready', kind: 'conflict', title: 'This is not ready yet.' })
}
