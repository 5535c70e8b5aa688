const mebibyte = 1024 ** 2
const gibibyte = 1024 ** 3

/** As a person writes it into a field: `4 GiB`, `192 MiB`. */
export function memoryInput(bytes: number): string {
  const unit = bytes >= gibibyte ? gibibyte : mebibyte
  return `${Number((bytes / unit).toFixed(3))} ${unit === gibibyte ? 'GiB' : 'MiB'}`
}

/** Bytes, whole MiB; a number alone is GiB. Null: not to be read. */
export function parseMemory(text: string): number | null {
  const [, number, unit = 'g'] = /^(\d{1,7}(?:[.,]\d{1,6})?)\s*([gm])?(?:i?b)?$/i.exec(text.trim()) ?? []
  if (number === undefined) return null
  const bytes = Number(number.replace(',', '.')) * (unit.toLowerCase() === 'm' ? mebibyte : gibibyte)
  const whole = Math.round(bytes / mebibyte) * mebibyte
  return whole > 0 ? whole : null
}
