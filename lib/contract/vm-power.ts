import * as z from 'zod'
import { powerActions } from '../vm/power.ts'
import { vmStates } from './vms.ts'

/** `POST /vms/bulk`: one action for many VMs. */

export const bulkPowerSchema = z.object({
  action: z.enum(powerActions),
  vms: z
    .array(z.string().min(1).max(320))
    .min(1)
    .max(500)
    .describe('UUIDs, `host:name` or `host:uuid`, as in `/vms/{vm}`'),
})
export type BulkPower = z.infer<typeof bulkPowerSchema>

export const bulkOutcomeSchema = z.object({
  /** As it was asked for. */
  vm: z.string(),
  name: z.string().nullable(),
  host: z.object({ id: z.string(), name: z.string() }).nullable(),
  /** Afterwards; null when a job was begun. */
  state: z.enum(vmStates).nullable(),
  /** Of an action that is a job, `save`: begun, not done. */
  job: z.string().nullable(),
  problem: z.object({ code: z.string(), title: z.string() }).nullable(),
})
export type BulkOutcome = z.infer<typeof bulkOutcomeSchema>

export const bulkResultSchema = z
  .object({ items: z.array(bulkOutcomeSchema), done: z.number(), failed: z.number() })
  .meta({ id: 'VmBulkResult' })
export type BulkResult = z.infer<typeof bulkResultSchema>
