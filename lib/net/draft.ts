import type { Known } from './known.ts'
import { readOnlyReason } from './known.ts'
import { blankLink, type LinkConfig } from './model.ts'
import { say, type Sentence } from './sentences.ts'

export interface Refusal {
  /** Path into the request, e.g. `operations.0.name`. */
  field: string | null
  sentence: Sentence
}

/** What is being wished for while operations are read one after the other. */
export class Draft {
  readonly state: Known
  /** Links as they are to be; null: deleted. Only those that operations named. */
  readonly links = new Map<string, LinkConfig | null>()
  readonly refusals: Refusal[] = []
  readonly steps: Sentence[] = []
  /** Taps to be put into a bridge: nothing of it is in files. */
  readonly taps: { tap: string; bridge: string }[] = []
  /** MTUs of taps, which have no files. */
  readonly tapMtus: { tap: string; mtu: number }[] = []
  /** Links whose files are brought into effect without a change of them. */
  readonly reconciled = new Set<string>()
  /** Addresses went from one link to another. */
  readonly moves: { from: string; to: string }[] = []

  /** Path of the operation being read, and for each link of the first one that named it. */
  at = ''
  readonly origins = new Map<string, string>()

  constructor(state: Known) {
    this.state = state
  }

  refuse(field: string | null, sentence: Sentence): void {
    this.refusals.push({ field, sentence })
  }

  /** As it is to be, as far as is known now; undefined: there is and will be no such link. */
  get(name: string): LinkConfig | undefined {
    const drafted = this.links.get(name)
    if (drafted !== undefined) return drafted ?? undefined
    return this.before(name) ?? undefined
  }

  /** As files have it; a NIC they don't mention is blank, one that nobody owns is as the kernel has it. */
  before(name: string): LinkConfig | null {
    const { wanted, actual, links } = this.state
    const configured = wanted.get(name)
    if (configured !== undefined) return configured
    const now = actual.get(name)
    if (now === undefined) return null
    return links.get(name)?.backEnd === 'kernel' && now.kind === 'nic' && now.ipv4.kind === 'none'
      ? blankLink(name, 'nic')
      : now
  }

  set(link: LinkConfig): void {
    if (!this.origins.has(link.name)) this.origins.set(link.name, this.at)
    this.links.set(link.name, link)
  }

  /** The link as it is to be, to be changed by an operation; refuses what can't be. */
  editable(field: string, name: string): LinkConfig | null {
    const link = this.get(name)
    if (link === undefined) {
      this.refuse(field, say('refuse.no-link', { name: name.slice(0, 30) }))
      return null
    }
    const reason = this.links.has(name) ? null : readOnlyReason(this.state, name)
    if (reason === null) return link
    this.refuse(field, reason)
    return null
  }

  /** All links as they are to be, by name. */
  all(): Map<string, LinkConfig> {
    const names = new Set([...this.state.wanted.keys(), ...this.state.actual.keys(), ...this.links.keys()])
    return new Map(
      [...names].flatMap((name) => {
        const link = this.get(name)
        return link === undefined ? [] : [[name, link]]
      }),
    )
  }
}
