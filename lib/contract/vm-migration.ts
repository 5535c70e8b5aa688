import * as z from 'zod'

/** `/vms/{vm}/migrate`. What must be there is judged by lib/vm/migration-check.ts, with sentences. */

export const migrateVmSchema = z.object({
  /** Id or name of the host. */
  to: z.string().min(1).max(64),
  /** Only look whether it can. */
  checkOnly: z.boolean().default(false),
})

export const migrationCheckSchema = z
  .object({
    to: z.object({ id: z.string(), name: z.string() }),
    possible: z.boolean(),
    /** While it runs, or only its definition. */
    live: z.boolean(),
    findings: z.array(
      z.object({
        /** What it is about: `bridge`, `mtu`, `vlan`, `network`, `storage`, `cpu`, `machine`, `memory`, … */
        about: z.string(),
        /** `missing`: it can't move. */
        level: z.enum(['missing', 'warning', 'ok']),
        text: z.string(),
      }),
    ),
    storage: z.enum(['none', 'shared', 'copied']),
    /** Of those, which are copied. */
    copiedDisks: z.array(z.string()),
  })
  .meta({ id: 'MigrationCheck' })
export type MigrationCheck = z.infer<typeof migrationCheckSchema>
