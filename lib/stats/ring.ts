import { width } from './frame.ts'
import { rounded } from './rates.ts'

/** Samples per block. A block is packed once it is full. */
const blockLength = 60

/** A column that never changed is one number: most drops and errors, and all of an idle link. */
type Column = number | Float32Array

interface Block {
  at: number[]
  /** Link → its columns, in the order of `figureNames`. Closed blocks only. */
  links: Map<string, Column[]>
}

/** The last minutes of one host's rates, in memory. Times are the dashboard's clock, ms since 1970. */
export class Ring {
  #closed: Block[] = []
  #at: number[] = []
  #rows = new Map<string, number>()
  /** Of the open block: `width` columns of `blockLength` per link. */
  #open = new Float32Array(0)

  /** @param rates `width` per name; NaN is not known. @param keepMs older blocks are dropped */
  push(at: number, names: readonly string[], rates: Float64Array, keepMs: number): void {
    if (this.#at.length === blockLength) this.#close()
    const sample = this.#at.push(at) - 1
    for (const [row, name] of names.entries()) {
      let place = this.#rows.get(name)
      if (place === undefined) {
        place = this.#rows.size
        this.#rows.set(name, place)
        this.#reserve(place + 1)
      }
      for (let column = 0; column < width; column++)
        this.#open[(place * width + column) * blockLength + sample] = rates[row * width + column] ?? Number.NaN
    }
    while (this.#closed[0] !== undefined && (this.#closed[0].at.at(-1) ?? 0) < at - keepMs) this.#closed.shift()
  }

  /** One link since a moment, oldest first: times, and `width` columns. Null when there is nothing of it. */
  read(name: string, since: number): { at: number[]; columns: (number | null)[][] } | null {
    const at: number[] = []
    const columns: (number | null)[][] = Array.from({ length: width }, () => [])
    let isThere = false
    const add = (time: number, value: (column: number) => number): void => {
      if (time < since) return
      at.push(time)
      for (const [column, values] of columns.entries()) values.push(figure(value(column)))
    }
    for (const block of this.#closed) {
      const packed = block.links.get(name)
      if (packed !== undefined) isThere = true
      for (const [sample, time] of block.at.entries()) add(time, (column) => valueAt(packed?.[column], sample))
    }
    const place = this.#rows.get(name)
    if (place !== undefined) isThere = true
    for (const [sample, time] of this.#at.entries())
      add(time, (column) =>
        place === undefined ? Number.NaN : (this.#open[(place * width + column) * blockLength + sample] ?? Number.NaN),
      )
    return isThere ? { at, columns } : null
  }

  #reserve(links: number): void {
    const needed = links * width * blockLength
    if (this.#open.length >= needed) return
    const larger = new Float32Array(Math.max(needed, Math.ceil(this.#open.length * 1.25))).fill(Number.NaN)
    larger.set(this.#open)
    this.#open = larger
  }

  #close(): void {
    const links = new Map<string, Column[]>()
    for (const [name, place] of this.#rows) {
      const columns: Column[] = []
      let isKnown = false
      for (let column = 0; column < width; column++) {
        const start = (place * width + column) * blockLength
        const packed = pack(this.#open.subarray(start, start + blockLength))
        if (typeof packed !== 'number' || !Number.isNaN(packed)) isKnown = true
        columns.push(packed)
      }
      if (isKnown) links.set(name, columns)
      // A link that has gone makes room.
      else this.#rows.delete(name)
    }
    this.#closed.push({ at: this.#at, links })
    this.#at = []
    const places = [...this.#rows.keys()]
    this.#rows = new Map(places.map((name, place) => [name, place]))
    this.#open.fill(Number.NaN)
  }
}

const figure = (value: number): number | null => (Number.isNaN(value) ? null : rounded(value))

const valueAt = (column: Column | undefined, sample: number): number =>
  typeof column === 'number' ? column : (column?.[sample] ?? Number.NaN)

function pack(values: Float32Array): Column {
  const [first = Number.NaN] = values
  for (const value of values) if (!Object.is(value, first)) return values.slice()
  return first
}
