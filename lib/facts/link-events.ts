import { lineText, nameText } from './text.ts'

// As many objects as are told apart; beyond, a repetition counts as a change, which costs one reading.
const maxObjects = 8192

/**
 * Sorts the lines of `ip -o monitor link address route`: says which are changes, and of what. Router advertisements and
 * leases repeat addresses and routes with nothing new but their lifetimes; those are none.
 */
export class LinkEvents {
  readonly #last = new Map<string, string>()

  /** What changed, for people to read; null when the line tells nothing new. */
  change(line: string): string | null {
    const isGone = line.startsWith('Deleted ')
    const text = (isGone ? line.slice('Deleted '.length) : line)
      .replaceAll(/\b(valid_lft|preferred_lft) \S+|\bexpires \S+|\bage \S+/g, '')
      .replaceAll(/\s+/g, ' ')
      .trim()
    if (text === '') return null
    const { key, what } = objectOf(text)
    if (isGone) {
      this.#last.delete(key)
      return what
    }
    if (this.#last.get(key) === text) return null
    if (this.#last.size >= maxObjects) this.#last.clear()
    this.#last.set(key, text)
    return what
  }
}

/** `5: vnet0: <…>` is a link, `5: vnet0 inet6 …` an address, all else a route. */
function objectOf(text: string): { key: string; what: string } {
  const found = /^(\d+): ([^\s:@]{1,64})(@\S+)?(:)?(?: (inet6?) (\S+))?/.exec(text)
  if (found === null) {
    const route = text.split(' ')
    const destination = route[0] === 'local' || route[0] === 'unreachable' ? route[1] : route[0]
    const device = /\bdev (\S+)/.exec(text)?.[1]
    const table = /\btable (\S+)/.exec(text)?.[1]
    return {
      key: `route ${destination} ${device} ${table} ${route[0]}`,
      what: `route ${lineText(destination ?? '', 60)}`,
    }
  }
  const [, index = '', name = '', , isLink, family, address] = found
  const shown = nameText(name)
  if (isLink === undefined && family !== undefined)
    return { key: `address ${index} ${family} ${address}`, what: `address of ${shown}` }
  return { key: `link ${index}`, what: `link ${shown}` }
}
