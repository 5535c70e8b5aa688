import type * as z from 'zod'
import type { Actor } from '../../access/can.ts'
import type { Plan, planRequestSchema } from '../../contract/network.ts'
import { Problem } from '../../kit/problem.ts'
import { findHost } from '../hosts/find.ts'
import { refuse } from '../refuse.ts'

/** What would be done. */
export async function planNetwork(
  actor: Actor,
  reference: string,
  _request: z.infer<typeof planRequestSchema>,
  _now: () => Date,
): Promise<Plan> {
  await refuse(actor, 'host.network', { kind: 'host', name: reference })
  await findHost(reference)
  throw new Problem({ code: 'todo', kind: 'unavailable', title: 'Not there yet.' })
}
