import { linesOf, sectionOf, type Answer } from './answer.ts'
import type { LinkFacts } from './facts.ts'
import { lineText, wholeNumber } from './text.ts'

/** What ethtool said of one adapter; parts it did not answer are null or empty. */
export interface Adapter {
  driver: string | null
  firmware: string | null
  offloads: string[]
  rings: LinkFacts['rings']
  channels: LinkFacts['channels']
}

export function parseEthtool(answer: Answer, link: string): Adapter {
  const lines = (option: string) => {
    const section = sectionOf(answer, `ethtool-${option} ${link}`)
    return section.code === 0 ? linesOf(section) : []
  }
  const info = new Map(
    lines('i').map((line) => [line.split(':', 1)[0] ?? '', line.slice(line.indexOf(':') + 1).trim()]),
  )
  const firmware = info.get('firmware-version') ?? ''
  return {
    driver: lineText(info.get('driver') ?? '', 40),
    firmware: firmware === 'N/A' ? null : lineText(firmware, 64),
    // Features indented below another repeat it in detail.
    offloads: lines('k')
      .map((line) => /^([a-z0-9-]{1,40}): on( \[fixed\])?( \[requested off\])?$/.exec(line)?.[1])
      .filter((name) => name !== undefined),
    rings: ringsOf(lines('g')),
    channels: channelsOf(lines('l')),
  }
}

/** The two blocks, "Pre-set maximums" and "Current hardware settings"; `n/a` and what is not there are null. */
function blocks(lines: readonly string[]): { most: Map<string, number>; now: Map<string, number> } {
  const most = new Map<string, number>()
  const now = new Map<string, number>()
  let block: Map<string, number> | null = null
  for (const line of lines) {
    if (line.startsWith('Pre-set maximums')) block = most
    else if (line.startsWith('Current hardware settings')) block = now
    else {
      const found = /^([A-Za-z ]{1,30}):\s+(\d{1,9})$/.exec(line)
      const value = wholeNumber(found?.[2])
      if (block !== null && value !== null && found?.[1] !== undefined) block.set(found[1], value)
    }
  }
  return { most, now }
}

function ringsOf(lines: readonly string[]): LinkFacts['rings'] {
  const { most, now } = blocks(lines)
  const [rx, rxMax, tx, txMax] = [now.get('RX'), most.get('RX'), now.get('TX'), most.get('TX')]
  if (rx === undefined || rxMax === undefined || tx === undefined || txMax === undefined) return null
  return { rx, rxMax, tx, txMax }
}

/** Adapters with separate receive and transmit channels are given as the lesser of both. */
function channelsOf(lines: readonly string[]): LinkFacts['channels'] {
  const { most, now } = blocks(lines)
  const pairs = (block: Map<string, number>) => {
    const combined = block.get('Combined') ?? 0
    return combined > 0 ? combined : Math.min(block.get('RX') ?? 0, block.get('TX') ?? 0)
  }
  return pairs(most) === 0 ? null : { combined: pairs(now), combinedMax: pairs(most) }
}
