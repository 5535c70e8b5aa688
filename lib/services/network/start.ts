import type * as z from 'zod'
import type { Actor } from '../../access/can.ts'
import type { Change, startChangeSchema } from '../../contract/network.ts'
import { Problem } from '../../kit/problem.ts'
import { findHost } from '../hosts/find.ts'
import { refuse } from '../refuse.ts'

/** Applies a plan. */
export async function startChange(
  actor: Actor,
  reference: string,
  _request: z.infer<typeof startChangeSchema>,
  _now: () => Date,
): Promise<Change> {
  await refuse(actor, 'host.network', { kind: 'host', name: reference })
  await findHost(reference)
  throw new Problem({ code: 'todo', kind: 'unavailable', title: 'Not there yet.' })
}
