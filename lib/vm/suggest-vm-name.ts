const mostLetters = 40

/** The first of `web-1`, `web-2`, … that no VM has. @param stem e.g. a preset's name; what a VM can't be called by is left out */
export function suggestVmName(stem: string, taken: readonly string[]): string {
  const words = stem
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, mostLetters)
    .replaceAll(/^-+|-+$/g, '')
  const base = words === '' ? 'vm' : words
  const names = new Set(taken.map((name) => name.toLowerCase()))
  for (let n = 1; ; n++) if (!names.has(`${base}-${n}`)) return `${base}-${n}`
}
