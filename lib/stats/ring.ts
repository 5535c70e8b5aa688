import { width } from './frame.ts'
import { rounded } from './rates.ts'

/** Samples per block. A longer one makes the open block heavier, a shorter one what stands beside the figures. */
const blockLength = 30
/** Packets and bytes change all the time; drops and errors are kept for links that have any. */
const steady = 4
const rare = width - steady

/** Half a minute of all links in a few arrays: one object per column would weigh more than what is in it. */
interface Block {
  at: number[]
  /** Link → row. Shared by blocks with the same links. */
  rows: ReadonlyMap<string, number>
  /** Per row and steady column where it begins in `values`; `-1 - begin` where one number stands for all of it. */
  places: Int32Array
  values: Float32Array
  /** Row → `rare` columns. A row without is 0 wherever it is known. */
  rare: ReadonlyMap<number, Float32Array>
}

/** The last minutes of one host's rates, in memory. Times are the dashboard's clock, ms since 1970. */
export class Ring {
  readonly #closed: Block[] = []
  #at: number[] = []
  #rows = new Map<string, number>()
  /** Does a closed block hold `#rows` too? */
  #isShared = false
  /** Of the open block: per row `steady` columns of `blockLength`. */
  #open = new Float32Array(0)
  #rare = new Map<number, Float32Array>()

  /** @param rates `width` per name; NaN is not known. @param keepMs older blocks are dropped */
  push(at: number, names: readonly string[], rates: Float64Array, keepMs: number): void {
    if (this.#at.length === blockLength) this.#close()
    const sample = this.#at.push(at) - 1
    for (let index = 0; index < names.length; index++) {
      const row = this.#rowOf(names[index] ?? '')
      for (let column = 0; column < steady; column++)
        this.#open[(row * steady + column) * blockLength + sample] = rates[index * width + column] ?? Number.NaN
      for (let column = 0; column < rare; column++) {
        const rate = rates[index * width + steady + column] ?? 0
        if (rate > 0) this.#rareOf(row)[column * blockLength + sample] = rate
      }
    }
    while (this.#closed[0] !== undefined && (this.#closed[0].at.at(-1) ?? 0) < at - keepMs) this.#closed.shift()
  }

  /** One link since a moment, oldest first: times, and `width` columns. Null when there is nothing of it. */
  read(name: string, since: number): { at: number[]; columns: (number | null)[][] } | null {
    const isThere = this.#rows.has(name) || this.#closed.some(({ rows }) => rows.has(name))
    if (!isThere) return null
    const at: number[] = []
    const columns: (number | null)[][] = Array.from({ length: width }, () => [])
    const add = (times: readonly number[], valueAt: SteadyValue, rares: Float32Array | undefined): void => {
      for (const [sample, time] of times.entries()) {
        if (time < since) continue
        at.push(time)
        const isKnown = !Number.isNaN(valueAt(0, sample))
        for (const [column, values] of columns.entries())
          if (!isKnown) values.push(null)
          else if (column < steady) values.push(rounded(valueAt(column, sample)))
          else values.push(rounded(rares?.[(column - steady) * blockLength + sample] ?? 0))
      }
    }
    for (const block of this.#closed) {
      const row = block.rows.get(name) ?? Number.NaN
      const steadyValue: SteadyValue = (column, sample) => {
        const place = block.places[row * steady + column] ?? Number.NaN
        return block.values[place < 0 ? -1 - place : place + sample] ?? Number.NaN
      }
      add(block.at, steadyValue, block.rare.get(row))
    }
    const row = this.#rows.get(name) ?? Number.NaN
    const openValue: SteadyValue = (column, sample) =>
      this.#open[(row * steady + column) * blockLength + sample] ?? Number.NaN
    add(this.#at, openValue, this.#rare.get(row))
    return { at, columns }
  }

  #rowOf(name: string): number {
    const held = this.#rows.get(name)
    if (held !== undefined) return held
    const row = this.#rows.size
    if (this.#isShared) this.#rows = new Map(this.#rows)
    this.#isShared = false
    this.#rows.set(name, row)
    const needed = (row + 1) * steady * blockLength
    if (this.#open.length < needed) {
      const larger = new Float32Array(Math.max(needed, Math.ceil(this.#open.length * 1.25))).fill(Number.NaN)
      larger.set(this.#open)
      this.#open = larger
    }
    return row
  }

  #rareOf(row: number): Float32Array {
    const held = this.#rare.get(row) ?? new Float32Array(rare * blockLength)
    this.#rare.set(row, held)
    return held
  }

  #close(): void {
    const columns = this.#rows.size * steady
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
    this.#closed.push({ at: this.#at, rows: this.#rows, places, values: values.slice(0, end), rare: this.#rare })
    this.#isShared = true
    this.#forgetGone()
    this.#at = []
    this.#rare = new Map()
    this.#open.fill(Number.NaN)
  }

  /** Links of which nothing was known in the last block make room. */
  #forgetGone(): void {
    const isKnown = (_: string, row: number): boolean =>
      this.#open
        .subarray(row * steady * blockLength, (row * steady + 1) * blockLength)
        .some((value) => !Number.isNaN(value))
    const here = [...this.#rows.keys()].filter(isKnown)
    if (here.length === this.#rows.size) return
    this.#rows = new Map(here.map((name, row) => [name, row]))
    this.#isShared = false
  }
}

type SteadyValue = (column: number, sample: number) => number

function isOneNumber(values: Float32Array): boolean {
  const [first = Number.NaN] = values
  for (const value of values) if (!Object.is(value, first)) return false
  return true
}
