import { nameText } from './text.ts'

/** Reads JSON that a stranger wrote: any shape may come, none throws. */
export type Json = Record<string, unknown>

/** The objects of a JSON array; null when it is no JSON array at all. Values that are no objects are left out. */
export function jsonRows(text: string): Json[] | null {
  // `ip -j` writes nothing at all where there is nothing to list.
  if (text.trim() === '') return []
  try {
    const parsed: unknown = JSON.parse(text)
    return Array.isArray(parsed) ? parsed.filter(isObject) : null
  } catch {
    return null
  }
}

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

export const child = (row: Json, key: string): Json => {
  const value = row[key]
  return isObject(value) ? value : {}
}

export const rows = (row: Json, key: string): Json[] => {
  const value = row[key]
  return Array.isArray(value) ? value.filter(isObject) : []
}

export const words = (row: Json, key: string): string[] => {
  const value = row[key]
  return Array.isArray(value) ? value.filter((word) => typeof word === 'string').map((word) => nameText(word)) : []
}

/** A name or word, cleaned; null when absent or empty. */
export const text = (row: Json, key: string, maxLength = 64): string | null => {
  const value = row[key]
  if (typeof value === 'number') return String(value)
  return typeof value === 'string' && value !== '' ? nameText(value, maxLength) : null
}

/** A finite number; numbers that were written as text count too. */
export const number = (row: Json, key: string): number | null => {
  const value = row[key]
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  return typeof value === 'string' && /^-?\d{1,15}(\.\d{1,6})?$/.test(value) ? Number(value) : null
}

/** `true`, 1, "on"; null when absent or something else. Tools disagree, and one tool's versions do. */
export const flag = (row: Json, key: string): boolean | null => {
  const value = row[key]
  if (typeof value === 'boolean') return value
  if (value === 1 || value === 'on' || value === '1') return true
  if (value === 0 || value === 'off' || value === '0') return false
  return null
}
