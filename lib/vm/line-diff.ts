export interface DiffLine {
  /** `gap`: unchanged lines that are left out. */
  kind: 'same' | 'removed' | 'added' | 'gap'
  text: string
}

// Beyond this only that it is other can be told; a definition is some hundreds of lines.
const maxSteps = 500

/** The lines of two texts, with what is the same far from a change left out. Empty: they are the same. */
export function diffLines(before: string, after: string, around = 3): DiffLine[] {
  if (before === after) return []
  return shortened(align(before.trimEnd().split('\n'), after.trimEnd().split('\n')), around)
}

function align(a: readonly string[], b: readonly string[]): DiffLine[] {
  let head = 0
  while (head < a.length && head < b.length && a[head] === b[head]) head++
  let tail = 0
  while (tail < a.length - head && tail < b.length - head && a.at(-1 - tail) === b.at(-1 - tail)) tail++
  const same = (lines: readonly string[]) => lines.map((text): DiffLine => ({ kind: 'same', text }))
  return [
    ...same(a.slice(0, head)),
    ...middle(a.slice(head, a.length - tail), b.slice(head, b.length - tail)),
    ...same(a.slice(a.length - tail)),
  ]
}

/** The longest common subsequence, by Myers' way of growing the number of differences. */
function middle(a: readonly string[], b: readonly string[]): DiffLine[] {
  const offset = a.length + b.length + 1
  const reach = new Int32Array(2 * offset + 1)
  const trace: Int32Array[] = []
  const most = Math.min(a.length + b.length, maxSteps)
  for (let d = 0; d <= most; d++) {
    trace.push(reach.slice())
    for (let k = -d; k <= d; k += 2) {
      const down = k === -d || (k !== d && (reach[offset + k - 1] ?? 0) < (reach[offset + k + 1] ?? 0))
      let x = down ? (reach[offset + k + 1] ?? 0) : (reach[offset + k - 1] ?? 0) + 1
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x++
      reach[offset + k] = x
      if (x >= a.length && x - k >= b.length) return walkBack(a, b, trace, offset)
    }
  }
  return [
    ...a.map((text): DiffLine => ({ kind: 'removed', text })),
    ...b.map((text): DiffLine => ({ kind: 'added', text })),
  ]
}

function walkBack(
  a: readonly string[],
  b: readonly string[],
  trace: readonly Int32Array[],
  offset: number,
): DiffLine[] {
  const lines: DiffLine[] = []
  let x = a.length
  let y = b.length
  for (const [d, reach] of [...trace.entries()].toReversed()) {
    const k = x - y
    const down = k === -d || (k !== d && (reach[offset + k - 1] ?? 0) < (reach[offset + k + 1] ?? 0))
    const fromX = d === 0 ? 0 : (reach[offset + k + (down ? 1 : -1)] ?? 0)
    const fromY = d === 0 ? 0 : fromX - (k + (down ? 1 : -1))
    for (; x > fromX && y > fromY; y--) lines.push({ kind: 'same', text: a[--x] ?? '' })
    if (d === 0) break
    if (down) lines.push({ kind: 'added', text: b[--y] ?? '' })
    else lines.push({ kind: 'removed', text: a[--x] ?? '' })
  }
  return lines.toReversed()
}

function shortened(lines: readonly DiffLine[], around: number): DiffLine[] {
  const near = lines.map((_, index) =>
    lines.slice(Math.max(0, index - around), index + around + 1).some(({ kind }) => kind !== 'same'),
  )
  const shown: DiffLine[] = []
  for (const [index, line] of lines.entries())
    if (near[index] === true) shown.push(line)
    else if (shown.at(-1)?.kind !== 'gap') shown.push({ kind: 'gap', text: '' })
  return shown
}
