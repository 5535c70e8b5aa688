export interface Gatherer {
  /** Something happened: it is told soon, together with what else happens until then. */
  note: (why: string) => void
  stop: () => void
}

// A VM's start is a dozen events within 200 ms. Shorter would read the facts in the middle of it; longer is felt.
const settleMs = 300
// A host in motion (a bridge reloaded, fifty VMs started) is read this often at most.
const restMs = 2000
const maxReasons = 4

/** Turns a flood of notes into few calls: one 300 ms after the first note, the next not sooner than 2 s later. */
export function gather(
  tell: (why: string) => void,
  now: () => number = () => performance.now(),
  { settle = settleMs, rest = restMs }: { settle?: number; rest?: number } = {},
): Gatherer {
  const reasons = new Set<string>()
  let timer: NodeJS.Timeout | null = null
  let last = Number.NEGATIVE_INFINITY
  let stopped = false
  const flush = () => {
    timer = null
    last = now()
    const named = [...reasons]
    reasons.clear()
    const more = named.length - maxReasons
    tell(named.slice(0, maxReasons).join(', ') + (more > 0 ? ` and ${more} more` : ''))
  }
  return {
    note: (why) => {
      if (stopped) return
      if (reasons.size < 64) reasons.add(why)
      timer ??= setTimeout(flush, Math.max(settle, last + rest - now()))
    },
    stop: () => {
      stopped = true
      if (timer !== null) clearTimeout(timer)
    },
  }
}
