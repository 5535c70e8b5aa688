/** RFC 4180, with what spreadsheets would take for a formula made plain text. */
export function columnsToCsv(
  heads: readonly string[],
  rows: readonly (readonly (readonly [string, string | number | null])[])[],
): string {
  const cell = (value: string | number | null): string => {
    if (value === null) return ''
    if (typeof value === 'number') return String(value)
    const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
  }
  return [heads.map(cell), ...rows.map((row) => row.map(([, value]) => cell(value)))]
    .map((line) => `${line.join(',')}\r\n`)
    .join('')
}

/** Hands the browser a file to keep. */
export function save(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
