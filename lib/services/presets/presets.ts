import type * as z from 'zod'
import type { Actor } from '../../access/can.ts'
import {
  type editPresetSchema,
  type newPresetSchema,
  type Preset,
  type usualPresetsSchema,
} from '../../contract/presets.ts'
import { presetSpecSchema, type PresetSpec } from '../../contract/vm-create.ts'
import { Problem } from '../../kit/problem.ts'
import {
  createPreset,
  deletePreset,
  findPreset,
  listPresets,
  type PresetRow,
  updatePreset,
} from '../../store/presets.ts'
import { usualPresets } from '../../vm/spec.ts'
import { audited, refuse } from '../refuse.ts'

export async function readPresets(actor: Actor): Promise<Preset[]> {
  await refuse(actor, 'preset.read')
  return (await listPresets()).map(presentPreset)
}

/** @param reference id or name */
export async function readPreset(actor: Actor, reference: string): Promise<Preset> {
  await refuse(actor, 'preset.read')
  return presentPreset(await presetOf(reference))
}

export async function addPreset(actor: Actor, asked: z.output<typeof newPresetSchema>): Promise<Preset> {
  const target = { kind: 'preset', name: asked.name }
  await refuse(actor, 'preset.manage', target)
  return audited(actor, 'preset.manage', target, async (note) => {
    note({ detail: { did: 'add' } })
    const row = await createPreset({ ...asked, createdBy: actor.name })
    if (row === null) throw taken(asked.name)
    return presentPreset(row)
  })
}

/** The usual ones, those that are not there by their name. @returns all presets */
export async function addUsualPresets(actor: Actor, { image }: z.output<typeof usualPresetsSchema>): Promise<Preset[]> {
  const target = { kind: 'preset' }
  await refuse(actor, 'preset.manage', target)
  return audited(actor, 'preset.manage', target, async (note) => {
    note({ detail: { did: 'add the usual ones', image } })
    for (const preset of usualPresets(image)) await createPreset({ ...preset, createdBy: actor.name })
    return (await listPresets()).map(presentPreset)
  })
}

/** @param reference id or name */
export async function editPreset(
  actor: Actor,
  reference: string,
  asked: z.output<typeof editPresetSchema>,
): Promise<Preset> {
  await refuse(actor, 'preset.manage', { kind: 'preset', name: reference })
  const before = await presetOf(reference)
  return audited(actor, 'preset.manage', targetOf(before), async (note) => {
    note({ detail: { did: 'edit', fields: Object.keys(asked) } })
    const row = await updatePreset(before.id, asked)
    if (row === 'taken') throw taken(asked.name ?? '')
    if (row === null) throw none(reference)
    return presentPreset(row)
  })
}

/** VMs that were made from it stay as they are. @param reference id or name */
export async function removePreset(actor: Actor, reference: string): Promise<void> {
  await refuse(actor, 'preset.manage', { kind: 'preset', name: reference })
  const preset = await presetOf(reference)
  await audited(actor, 'preset.manage', targetOf(preset), async (note) => {
    note({ detail: { did: 'delete' } })
    if (!(await deletePreset(preset.id))) throw none(reference)
  })
}

export async function presetOf(reference: string): Promise<PresetRow> {
  const row = await findPreset(reference)
  if (row === null) throw none(reference)
  return row
}

/** A row of an earlier version of this program may say less, never more than is known. */
export function specOf(row: PresetRow): PresetSpec {
  const parsed = presetSpecSchema.safeParse(row.spec)
  return parsed.success ? parsed.data : {}
}

const targetOf = ({ id, name }: PresetRow) => ({ kind: 'preset', id, name })

const presentPreset = (row: PresetRow): Preset => ({
  id: row.id,
  name: row.name,
  description: row.description,
  spec: specOf(row),
  createdBy: row.createdBy,
  createdAt: row.createdAt.toISOString(),
  updatedAt: row.updatedAt.toISOString(),
})

export const taken = (name: string): Problem => {
  const title = `There is a preset called ${name} already. Choose another name.`
  return new Problem({ code: 'name-taken', kind: 'conflict', title, fields: [{ field: 'name', message: title }] })
}

const none = (reference: string): Problem =>
  new Problem({ code: 'no-preset', kind: 'not-found', title: `There is no preset ${reference.slice(0, 80)}.` })
