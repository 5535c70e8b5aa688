export interface Ratio {
  /** Which budget of docs/benchmarks.md. */
  budget: string
  what: string
  ours: string
  peer: string
  ratio: number
  /** The ratio should be at most this. */
  atMost: number
}

export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN

/** Lets each contestant run in turn, round after round, so that what the machine does meanwhile meets all. Medians. */
export async function interleaved<Name extends string>(
  contestants: Record<Name, () => Promise<number>>,
  rounds: number,
): Promise<Record<Name, number>> {
  const names = Object.keys(contestants) as Name[]
  const results = new Map<Name, number[]>(names.map((name) => [name, []]))
  for (let round = 0; round < rounds; round++)
    for (const name of names) {
      const value = await contestants[name]()
      results.get(name)?.push(value)
      console.error(`  ${name}: ${value.toPrecision(4)}`)
    }
  return Object.fromEntries(names.map((name) => [name, median(results.get(name) ?? [])])) as Record<Name, number>
}

export function table(ratios: readonly Ratio[]): string {
  const rows = ratios.map(({ budget, what, ours, peer, ratio, atMost }) => [
    budget,
    what,
    ours,
    peer,
    ratio.toPrecision(3),
    atMost.toPrecision(3),
    ratio <= atMost ? 'within' : 'over',
  ])
  const all = [['', 'what', 'ours', 'peer', 'ratio', 'budget', ''], ...rows]
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0))) ?? []
  const line = (row: string[]) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  const [head = [], ...body] = all
  return [line(head), line(widths.map((length) => '-'.repeat(length))), ...body.map(line)].join('\n')
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
