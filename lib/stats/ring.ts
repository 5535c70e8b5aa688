import { width } from './frame.ts'
import { rounded } from './rates.ts'

/** Samples per block. A block is packed once it is full. */
const blockLength = 60

/** A minute of all links in a few arrays: one object per column would weigh more than what is in it. */
interface Block {
  at: number[]
  /** Link → row of `places`. Shared by blocks with the same links. */
  rows: ReadonlyMap<string, number>
  /** Per column where it begins in `values`; `-1 - begin` where one number stands for all of it. */
  places: Int32Array
  values: Float32Array
}

/** The last minutes of one host's rates, in memory. Times are the dashboard's clock, ms since 1970. */
export class Ring {
  readonly #closed: Block[] = []
  #at: number[] = []
  #rows = new Map<string, number>()
  /** Does a closed block hold `#rows` too? */
  #isShared = false
  /** Of the open block: per link `width` columns of `blockLength`. */
  #open = new Float32Array(0)

  /** @param rates `width` per name; NaN is not known. @param keepMs older blocks are dropped */
  push(at: number, names: readonly string[], rates: Float64Array, keepMs: number): void {
    if (this.#at.length === blockLength) this.#close()
    const sample = this.#at.push(at) - 1
    for (let index = 0; index < names.length; index++) {
      const row = this.#rowOf(names[index] ?? '')
      for (let column = 0; column < width; column++)
        this.#open[(row * width + column) * blockLength + sample] = rates[index * width + column] ?? Number.NaN
    }
    while (this.#closed[0] !== undefined && (this.#closed[0].at.at(-1) ?? 0) < at - keepMs) this.#closed.shift()
  }

  /** One link since a moment, oldest first: times, and `width` columns. Null when there is nothing of it. */
  read(name: string, since: number): { at: number[]; columns: (number | null)[][] } | null {
    const at: number[] = []
    const columns: (number | null)[][] = Array.from({ length: width }, () => [])
    const isThere = this.#rows.has(name) || this.#closed.some(({ rows }) => rows.has(name))
    if (!isThere) return null
    const read = (times: readonly number[], valueAt: (column: number, sample: number) => number): void => {
      for (const [sample, time] of times.entries()) {
        if (time < since) continue
        at.push(time)
        for (const [column, values] of columns.entries()) values.push(figure(valueAt(column, sample)))
      }
    }
    for (const { at: times, rows, places, values } of this.#closed) {
      const row = rows.get(name)
      read(times, (column, sample) => {
        const place = row === undefined ? Number.NaN : (places[row * width + column] ?? Number.NaN)
        return values[place < 0 ? -1 - place : place + sample] ?? Number.NaN
      })
    }
    const row = this.#rows.get(name) ?? Number.NaN
    read(this.#at, (column, sample) => this.#open[(row * width + column) * blockLength + sample] ?? Number.NaN)
    return { at, columns }
  }

  #rowOf(name: string): number {
    const held = this.#rows.get(name)
    if (held !== undefined) return held
    const row = this.#rows.size
    if (this.#isShared) this.#rows = new Map(this.#rows)
    this.#isShared = false
    this.#rows.set(name, row)
    const needed = (row + 1) * width * blockLength
    if (this.#open.length < needed) {
      const larger = new Float32Array(Math.max(needed, Math.ceil(this.#open.length * 1.25))).fill(Number.NaN)
      larger.set(this.#open)
      this.#open = larger
    }
    return row
  }

  #close(): void {
    const columns = this.#rows.size * width
    const places = new Int32Array(columns)
    const values = new Float32Array(columns * blockLength)
    let end = 0
    for (let column = 0; column < columns; column++) {
      const of = this.#open.subarray(column * blockLength, (column + 1) * blockLength)
      const isOne = isOneNumber(of)
      places[column] = isOne ? -1 - end : end
      values.set(isOne ? of.subarray(0, 1) : of, end)
      end += isOne ? 1 : blockLength
    }
    this.#closed.push({ at: this.#at, rows: this.#rows, places, values: values.slice(0, end) })
    this.#isShared = true
    this.#forgetGone()
    this.#at = []
    this.#open.fill(Number.NaN)
  }

  /** Links of which nothing was known in the last block make room. */
  #forgetGone(): void {
    const names = [...this.#rows.keys()]
    const isKnown = (_: string, row: number): boolean =>
      this.#open
        .subarray(row * width * blockLength, (row + 1) * width * blockLength)
        .some((value) => !Number.isNaN(value))
    const here = names.filter(isKnown)
    if (here.length === names.length) return
    this.#rows = new Map(here.map((name, row) => [name, row]))
    this.#isShared = false
  }
}

const figure = (value: number): number | null => (Number.isNaN(value) ? null : rounded(value))

function isOneNumber(values: Float32Array): boolean {
  const [first = Number.NaN] = values
  for (const value of values) if (!Object.is(value, first)) return false
  return true
}
