import type * as z from 'zod'
import type { Actor } from '../../../access/can.ts'
import type {
  VmDefinition,
  StoredDefinition,
  CheckedDefinition,
  putDefinitionSchema,
} from '../../../contract/vm-edit.ts'
import { Problem } from '../../../kit/problem.ts'
import { refuse } from '../../refuse.ts'

export async function getDefinition(actor: Actor, _reference: string, _now: () => Date): Promise<VmDefinition> {
  await refuse(actor, 'vm.read')
  throw new Problem({ code: 'not-ready', kind: 'conflict', title: 'This is not ready yet.' })
}

export async function putDefinition(
  actor: Actor,
  _reference: string,
  _asked: z.output<typeof putDefinitionSchema>,
  _now: () => Date,
): Promise<StoredDefinition> {
  await refuse(actor, 'vm.edit')
  throw new Problem({ code: 'not-ready', kind: 'conflict', title: 'This is not ready yet.' })
}

export async function checkDefinition(
  actor: Actor,
  _reference: string,
  _xml: string,
  _now: () => Date,
): Promise<CheckedDefinition> {
  await refuse(actor, 'vm.read')
  throw new Problem({ code: 'not-ready', kind: 'conflict', title: 'This is not ready yet.' })
}
