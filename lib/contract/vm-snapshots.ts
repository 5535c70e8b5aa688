import * as z from 'zod'
import { vmParams } from './vms.ts'

/** `/vms/{vm}/snapshots`. What a VM allows is judged by lib/vm/snapshot-offer.ts, with sentences. */

export const snapshotParams = vmParams.extend({ snapshot: z.string().min(1).max(255) })

export const newSnapshotSchema = z.object({
  name: z.string().trim().max(255),
  description: z.string().trim().max(2000).default(''),
  /** Inside the disks' own files, or in new files on top of them. */
  kind: z.enum(['internal', 'external']).default('internal'),
  /** The guest agent brings the file systems in order first. Only outside the disks. */
  quiesce: z.boolean().default(false),
})
export type NewSnapshot = z.input<typeof newSnapshotSchema>

export const deleteSnapshotQuery = z.object({
  children: z.enum(['keep', 'delete']).default('keep').describe('What becomes of the snapshots taken after it'),
})

const refusal = z.string().nullable()

export const vmSnapshotSchema = z
  .object({
    name: z.string(),
    description: z.string(),
    parent: z.string().nullable(),
    /** 0 is a root. The list is in the order of the tree. */
    depth: z.number(),
    /** Of it and of its children and theirs. */
    descendants: z.number(),
    /** ISO 8601 */
    createdAt: z.string().nullable(),
    /** What the VM was when it was taken. */
    state: z.string(),
    kind: z.enum(['internal', 'external']),
    withMemory: z.boolean(),
    disks: z.array(
      z.object({
        target: z.string(),
        kind: z.enum(['internal', 'external', 'manual']),
        /** Of one outside: where the VM writes since. */
        file: z.string().nullable(),
      }),
    ),
    /** What the VM is now goes back to this one. */
    isCurrent: z.boolean(),
    /** Why this can't be done with it; null: it can. */
    refusals: z.object({ revert: refusal, delete: refusal, deleteWithChildren: refusal }),
  })
  .meta({ id: 'VmSnapshot' })
export type VmSnapshot = z.infer<typeof vmSnapshotSchema>

export const vmSnapshotListSchema = z
  .object({
    items: z.array(vmSnapshotSchema),
    /** Why a new one can't be taken so; null: it can. */
    offer: z.object({
      internal: refusal,
      external: refusal,
      canQuiesce: z.boolean(),
      /** The VM runs: one inside the disks keeps its memory too. */
      withMemory: z.boolean(),
    }),
    /** In a disk, unknown to libvirt: what an interrupted snapshot left. */
    leftovers: z.array(z.object({ disk: z.string(), file: z.string(), name: z.string(), command: z.string() })),
  })
  .meta({ id: 'VmSnapshotList' })
export type VmSnapshotList = z.infer<typeof vmSnapshotListSchema>
