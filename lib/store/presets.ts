import type { Preset, Prisma } from './generated/client.ts'
import { db } from './db.ts'
import { newId } from './id.ts'
import { storableJson } from './json.ts'
import { isTaken } from './row-errors.ts'

export type PresetRow = Preset

export const listPresets = (): Promise<PresetRow[]> => db().preset.findMany({ orderBy: { name: 'asc' } })

/** By id or, else, by name. */
export const findPreset = async (reference: string): Promise<PresetRow | null> =>
  (await db().preset.findUnique({ where: { id: reference } })) ?? db().preset.findUnique({ where: { name: reference } })

/** Null: the name is taken. */
export async function createPreset(preset: {
  name: string
  description: string
  spec: object
  createdBy: string
}): Promise<PresetRow | null> {
  try {
    return await db().preset.create({ data: { ...preset, id: newId(), spec: storableJson(preset.spec) } })
  } catch (failure) {
    if (isTaken(failure)) return null
    throw failure
  }
}

/** `taken`: another preset has that name; null: it is gone. */
export async function updatePreset(
  id: string,
  { spec, ...change }: { name?: string | undefined; description?: string | undefined; spec?: object | undefined },
): Promise<PresetRow | 'taken' | null> {
  const data: Prisma.PresetUpdateManyMutationInput = Object.fromEntries(
    Object.entries({ ...change, ...(spec === undefined ? {} : { spec: storableJson(spec) }) }).filter(
      ([, value]) => value !== undefined,
    ),
  )
  try {
    const { count } = await db().preset.updateMany({ where: { id }, data })
    return count === 0 ? null : db().preset.findUnique({ where: { id } })
  } catch (failure) {
    if (isTaken(failure)) return 'taken'
    throw failure
  }
}

export async function deletePreset(id: string): Promise<boolean> {
  const { count } = await db().preset.deleteMany({ where: { id } })
  return count === 1
}
