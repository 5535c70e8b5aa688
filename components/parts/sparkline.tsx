const points = 120

/** Two minutes as two lines, drawn to a scale shared with the rows around it. The figures beside it say it in words. */
export function Sparkline({
  rx,
  tx,
  max,
  width = 120,
  height = 24,
}: {
  rx: readonly (number | null)[]
  tx: readonly (number | null)[]
  /** What reaches the top. */
  max: number
  width?: number
  height?: number
}) {
  return (
    <svg
      viewBox={`0 0 ${width} ${height}`}
      width={width}
      height={height}
      aria-hidden="true"
      className="inline-block align-middle"
    >
      <path d={pathOf(tx, max, width, height)} fill="none" stroke="var(--ink-3)" strokeWidth="1" />
      <path d={pathOf(rx, max, width, height)} fill="none" stroke="var(--accent)" strokeWidth="1.25" />
    </svg>
  )
}

/** The newest value at the right edge; a gap lifts the pen. */
function pathOf(values: readonly (number | null)[], max: number, width: number, height: number): string {
  const step = width / (points - 1)
  const start = points - values.length
  let path = ''
  let down = false
  values.forEach((value, index) => {
    if (value === null) {
      down = false
      return
    }
    const x = ((start + index) * step).toFixed(1)
    const y = (height - 1 - (max > 0 ? value / max : 0) * (height - 2)).toFixed(1)
    path += `${down ? 'L' : 'M'}${x} ${y}`
    down = true
  })
  return path
}

/** The largest value of several series; the scale they share. */
export const sharedMax = (series: readonly (readonly (number | null)[])[]): number =>
  series.reduce((most, values) => values.reduce<number>((top, value) => Math.max(top, value ?? 0), most), 0)
