import type { Figures, HostDelta, HostKeyframe } from '../stats/live-protocol.ts'

/** What the stream has told of one host so far. A new object with each frame; rows that did not change stay the same. */
export interface HostView {
  host: string
  seq: number
  /** Dashboard's clock at the newest frame, ms since 1970. */
  at: number
  links: readonly string[]
  rows: readonly Figures[]
  /** Packets per second of the last 120 s by row, oldest first, one per second; a gap is null. */
  history: { rx: readonly Series[]; tx: readonly Series[] }
}
export type Series = readonly (number | null)[]

const historyPoints = 120
const frameMs = 1000

export const fromKeyframe = ({ host, seq, at, links, rows, history }: HostKeyframe): HostView => ({
  host,
  seq,
  at,
  links,
  rows,
  history: { rx: history.rx.map(newest), tx: history.tx.map(newest) },
})

/** The view after this delta; null when it belongs to another keyframe, so that a new one is needed. */
export function withDelta(view: HostView, delta: HostDelta): HostView | null {
  if (delta.host !== view.host || delta.seq <= view.seq) return view
  const rows = [...view.rows]
  for (const [row, figures] of delta.rows) {
    if (row >= rows.length) return null
    rows[row] = figures
  }
  // A second in which nothing came is a gap in the line, not a step.
  const missed = Math.min(historyPoints, Math.max(0, Math.round((delta.at - view.at) / frameMs) - 1))
  const grow = (series: Series, value: number | null): Series =>
    newest([...series, ...Array.from({ length: missed }, () => null), value])
  return {
    host: view.host,
    seq: delta.seq,
    at: delta.at,
    links: view.links,
    rows,
    history: {
      rx: view.history.rx.map((series, row) => grow(series, rows[row]?.[0] ?? null)),
      tx: view.history.tx.map((series, row) => grow(series, rows[row]?.[1] ?? null)),
    },
  }
}

const newest = (series: Series): Series => series.slice(-historyPoints)

/** Figures of one link by its name; null when the stream does not have it. */
export function figuresOf(view: HostView | null, link: string): Figures | null {
  const row = view?.links.indexOf(link) ?? -1
  return view?.rows[row] ?? null
}
