import type * as z from 'zod'
import type { Actor } from '../../../access/can.ts'
import type { AddedDisk, EditedVm, editDiskSchema, newDiskSchema, removeDiskQuery } from '../../../contract/vm-edit.ts'
import { Problem } from '../../../kit/problem.ts'
import { refuse } from '../../refuse.ts'

export async function addDisk(
  actor: Actor,
  _reference: string,
  _asked: z.output<typeof newDiskSchema>,
  _now: () => Date,
): Promise<AddedDisk> {
  await refuse(actor, 'vm.edit')
  throw new Problem({ code: 'not-ready', kind: 'conflict', title: 'This is not ready yet.' })
}

export async function editDisk(
  actor: Actor,
  _reference: string,
  _target: string,
  _asked: z.output<typeof editDiskSchema>,
  _now: () => Date,
): Promise<EditedVm> {
  await refuse(actor, 'vm.edit')
  throw new Problem({ code: 'not-ready', kind: 'conflict', title: 'This is not ready yet.' })
}

export async function removeDisk(
  actor: Actor,
  _reference: string,
  _target: string,
  _asked: z.output<typeof removeDiskQuery>,
  _now: () => Date,
): Promise<EditedVm> {
  await refuse(actor, 'vm.edit')
  throw new Problem({ code: 'not-ready', kind: 'conflict', title: 'This is not ready yet.' })
}
