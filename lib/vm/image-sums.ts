/** Files of published checksums, as the vendors write them. */

export const sumAlgorithms = ['sha256', 'sha512'] as const
export type SumAlgorithm = (typeof sumAlgorithms)[number]

const length: Record<SumAlgorithm, number> = { sha256: 64, sha512: 128 }

export const isSum = (algorithm: SumAlgorithm, text: string): boolean =>
  new RegExp(`^[0-9a-f]{${length[algorithm]}}$`).test(text)

/**
 * The sum of one file out of a text like `SHA256SUMS`: GNU's `HASH  NAME` and `HASH *NAME`, BSD's `SHA256 (NAME) = HASH`,
 * or one sum alone. What stands around (signatures, comments) is passed over. Null: it is not in there.
 */
export function findSum(text: string, algorithm: SumAlgorithm, fileName: string): string | null {
  const lines = text.slice(0, 1024 * 1024).split(/\r?\n/)
  const all: string[] = []
  for (const line of lines) {
    const bsd = /^(SHA256|SHA512) \((.+)\) = ([0-9a-fA-F]+)\s*$/.exec(line)
    if (bsd !== null) {
      const [, kind = '', name = '', sum = ''] = bsd
      if (kind.toLowerCase() !== algorithm || !isSum(algorithm, sum.toLowerCase())) continue
      if (baseName(name) === fileName) return sum.toLowerCase()
      all.push(sum.toLowerCase())
      continue
    }
    const gnu = /^([0-9a-fA-F]{64,128})(?:\s+\*?(\S.*?))?\s*$/.exec(line)
    if (gnu === null) continue
    const [, sum = '', name = ''] = gnu
    if (!isSum(algorithm, sum.toLowerCase())) continue
    if (baseName(name) === fileName) return sum.toLowerCase()
    all.push(sum.toLowerCase())
  }
  // One alone is of the file that its own name is made from; were it another's, it would not fit.
  const [only] = all
  return all.length === 1 && only !== undefined ? only : null
}

const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1)
