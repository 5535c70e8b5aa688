import * as z from 'zod'
import { listOf } from './page.ts'
import { presetSpecSchema } from './vm-create.ts'

/** `/presets`: what a new VM of a kind is made of. Everybody reads them, admins make them. */

export const presetParams = z.object({ preset: z.string().min(1).max(255).describe('Id or name') })

const name = z.string().trim().min(1).max(64)
const description = z.string().trim().max(2000)

export const newPresetSchema = z.object({ name, description: description.default(''), spec: presetSpecSchema })
export type NewPreset = z.input<typeof newPresetSchema>
/** `spec` replaces the old one altogether. */
export const editPresetSchema = z.object({
  name: name.optional(),
  description: description.optional(),
  spec: presetSpecSchema.optional(),
})
export type EditPreset = z.input<typeof editPresetSchema>

/** Small, medium and large: each that is not there by its name is made. */
export const usualPresetsSchema = z.object({
  /** Name of a volume that their disks begin from, on whichever host they are made. Null: empty disks. */
  image: z.string().trim().min(1).max(255).nullable().default(null),
})

export const presetSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    description: z.string(),
    spec: presetSpecSchema,
    createdBy: z.string(),
    createdAt: z.string(),
    updatedAt: z.string(),
  })
  .meta({ id: 'Preset' })
export type Preset = z.infer<typeof presetSchema>
export const presetListSchema = listOf(presetSchema)
