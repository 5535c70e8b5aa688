/** Sizes as people type and read them: `20 GiB`, `512M`, `1.5 TiB`. Always of 1024, as disks of VMs and memory are. */

const powers = { '': null, k: 1, m: 2, g: 3, t: 4, p: 5 } as const

/** Bytes; null when it is no size. @param unit what a bare number means */
export function parseSize(text: string, unit: 'MiB' | 'GiB' = 'GiB'): number | null {
  const match = /^(\d{1,16}(?:[.,]\d{1,6})?)\s*([kmgtp]?)i?(b?)$/i.exec(text.trim())
  if (match === null) return null
  const [, digits = '', prefix = '', byte = ''] = match
  const power =
    powers[prefix.toLowerCase() as keyof typeof powers] ?? (byte !== '' ? 0 : unit === 'MiB' ? powers.m : powers.g)
  const bytes = Math.round(Number(digits.replace(',', '.')) * 1024 ** power)
  return bytes > 0 && Number.isSafeInteger(bytes) ? bytes : null
}

/** Exactly these bytes, in the largest unit that writes them whole. */
export function sizeText(bytes: number): string {
  const unit = (['TiB', 'GiB', 'MiB', 'KiB'] as const).find((_, index) => bytes % 1024 ** (4 - index) === 0)
  if (unit === undefined || bytes === 0) return `${bytes} B`
  return `${bytes / 1024 ** { TiB: 4, GiB: 3, MiB: 2, KiB: 1 }[unit]} ${unit}`
}
