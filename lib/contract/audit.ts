import * as z from 'zod'

export const auditOutcomeSchema = z.enum(['done', 'refused', 'failed'])

export const auditEntrySchema = z
  .object({
    id: z.string(),
    at: z.string(),
    actorKind: z.enum(['user', 'token', 'system']),
    actorId: z.string().nullable(),
    actorName: z.string(),
    /** The verb, e.g. `host.add`. */
    action: z.string(),
    targetKind: z.string().nullable(),
    targetId: z.string().nullable(),
    targetName: z.string().nullable(),
    outcome: auditOutcomeSchema,
    detail: z.record(z.string(), z.unknown()),
    /** Address of the client. */
    address: z.string().nullable(),
  })
  .meta({ id: 'AuditEntry' })
export type AuditEntry = z.infer<typeof auditEntrySchema>
