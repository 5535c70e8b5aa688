import type { Actor } from '../../access/can.ts'
import type { Change } from '../../contract/network.ts'
import { refuse } from '../refuse.ts'
import { readOne } from './present.ts'

export async function keepChange(actor: Actor, id: string, _now: () => Date): Promise<Change> {
  await refuse(actor, 'host.network', { kind: 'change', id })
  return readOne(id)
}
export async function undoChange(actor: Actor, id: string, _now: () => Date): Promise<Change> {
  await refuse(actor, 'host.network', { kind: 'change', id })
  return readOne(id)
}
export async function extendChange(actor: Actor, id: string, _seconds: number, _now: () => Date): Promise<Change> {
  await refuse(actor, 'host.network', { kind: 'change', id })
  return readOne(id)
}
