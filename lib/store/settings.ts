import { db } from './db.ts'
import { storableJson } from './json.ts'

/** The value as it was written, to be parsed by whoever knows its shape; undefined when there is none. */
export async function readSetting(key: string): Promise<unknown> {
  const row = await db().setting.findUnique({ where: { key } })
  return row === null ? undefined : row.value
}

/** @param value anything JSON can hold but null */
export async function writeSetting(key: string, value: NonNullable<unknown>): Promise<void> {
  const json = storableJson(value)
  await db().setting.upsert({ where: { key }, create: { key, value: json }, update: { value: json } })
}

/** Writes it unless it is there: true for the one caller that was first, also among several processes. */
export async function claimSetting(key: string, value: NonNullable<unknown>): Promise<boolean> {
  const { count } = await db().setting.createMany({ data: [{ key, value: storableJson(value) }], skipDuplicates: true })
  return count === 1
}

/** Removes it: true for the one caller that removed it. */
export async function deleteSetting(key: string): Promise<boolean> {
  const { count } = await db().setting.deleteMany({ where: { key } })
  return count === 1
}

/** All whose keys begin so, with the values as they were written. */
export async function listSettings(prefix: string): Promise<{ key: string; value: unknown }[]> {
  const rows = await db().setting.findMany({ where: { key: { startsWith: prefix } }, orderBy: { key: 'asc' } })
  return rows.map(({ key, value }) => ({ key, value }))
}
