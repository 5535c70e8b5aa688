import { err, type Result } from '../../kit/result.ts'
import type { ConfigFile, FileChange, LinkChange, RuntimeLink } from '../back-end.ts'
import { blankLink, type LinkConfig } from '../model.ts'
import { say, type Sentence } from '../sentences.ts'
import type { SectionText } from '../text/sections.ts'
import { carriedFrom, dropCarried, giveCarried, nothingCarried, type Carried } from './networkd-carry.ts'
import { clientIdEntries } from './networkd-client-id.ts'
import { Draft, Unwritable } from './networkd-draft.ts'
import { wordsOf, type Unit } from './networkd-files.ts'
import { lostDefaultVlan } from './default-pvid.ts'
import { movesOf } from './moves.ts'
import { writeNetdev } from './networkd-netdev.ts'
import { writeNetwork } from './networkd-network.ts'
import { readNetwork, readNetworkd } from './networkd-read.ts'
import { clientIdOf, proved } from './proof.ts'

export function writeNetworkd(
  files: readonly ConfigFile[],
  changes: readonly LinkChange[],
  runtime: readonly RuntimeLink[] = [],
): Result<FileChange[], Sentence> {
  try {
    const written = drafted(files, changes, runtime)
    return proved('systemd-networkd', (read) => readNetworkd(read, runtime), files, changes, written)
  } catch (error) {
    if (!(error instanceof Unwritable)) throw error
    return err(say('refuse.not-expressible', { tool: 'systemd-networkd', what: `${error.link}: ${error.message}` }))
  }
}

function drafted(files: readonly ConfigFile[], changes: readonly LinkChange[], runtime: readonly RuntimeLink[]) {
  const draft = new Draft(files, runtime)
  const now = new Map(readNetworkd(files, runtime).links.map((link) => [link.name, link]))
  const then = new Map(now)
  for (const { name, after } of changes) {
    if (after === null) then.delete(name)
    else then.set(name, after)
  }
  const gap = lostDefaultVlan(changes, [...now.values()])
  if (gap !== null) throw new Unwritable(gap.link, gap.reason)
  const moves = movesOf(changes)
  const carried = new Map<string, Carried>()
  for (const { giver, taker } of moves) {
    const unit = draft.network(giver)
    if (unit !== null) carried.set(taker.name, carriedFrom(unit.text))
  }
  const addresses = (link: LinkConfig | null) => (link === null || link.ipv6.kind === 'none' ? [] : link.ipv6.addresses)
  for (const { name, before, after } of changes) {
    if (after === null) {
      const link = now.get(name) ?? before
      if (link !== null) draft.remove(link)
      continue
    }
    const clientId = after.ipv4.kind === 'dhcp' ? clientIdOf(after.ipv4.clientId, after.mac) : null
    if (clientIdEntries(clientId) === null) throw new Unwritable(name, `DHCP client identifier ${clientId}`)
    if (after.kind !== 'nic') draft.editNetdev(after, (text) => writeNetdev(text, after))
    const had = new Set(addresses(now.get(name) ?? null))
    const elsewhere = changes.filter((change) => change.name !== name).flatMap((change) => addresses(change.before))
    const takes = new Set(elsewhere.filter((cidr) => !had.has(cidr)).map((cidr) => cidr.toLowerCase()))
    const unit = draft.network(after)
    const fresh = unit === null
    draft.editNetwork(after, (text) => {
      const taken = carried.get(name) ?? nothingCarried()
      giveCarried(text, taken)
      if (moves.some(({ giver }) => giver.name === name)) dropCarried(text)
      if (fresh) furnish(text, after)
      const master = after.master === null ? null : (then.get(after.master) ?? null)
      const primary = master?.bond?.primary === name
      writeNetwork(text, {
        link: beneath(after, text, unit),
        masterKind: master?.kind ?? null,
        primary,
        takes,
        carried: taken,
      })
    })
  }
  writeVlanLines(draft, changes, then)
  writePrimaries(draft, changes, then)
  return draft.result()
}

/** Of what drop-ins say, too: fields that are as they should be are left to whoever says them. */
function beneath(link: LinkConfig, text: SectionText, unit: Unit | null): LinkConfig {
  if (unit === null || unit.dropIns.length === 0) return link
  const [whole, own] = [readNetwork(unit.sections).link, readNetwork(text.sections).link]
  const same = (Object.keys(whole) as (keyof typeof whole)[]).filter(
    (key) => JSON.stringify(whole[key]) === JSON.stringify(link[key]),
  )
  return { ...link, ...Object.fromEntries(same.map((key) => [key, own[key]])) }
}

/** A bridge keeps its addresses without a cable: VMs on it reach the host all the same. */
function furnish(text: SectionText, link: LinkConfig): void {
  if (link.kind !== 'bridge') return
  if (link.ipv4.kind === 'static' || link.ipv6.kind === 'static') text.set('Network', 'ConfigureWithoutCarrier', 'yes')
  // A boot does not wait for a bridge that has no address to get.
  if (link.ipv4.kind === 'none' && link.ipv6.kind === 'none') text.set('Link', 'RequiredForOnline', 'no')
}

/** Which VLAN interfaces stand on a link is said by that link's .network. */
function writeVlanLines(draft: Draft, changes: readonly LinkChange[], then: ReadonlyMap<string, LinkConfig>): void {
  for (const { name, before, after } of changes) {
    const [had, has] = [before?.vlan?.parent ?? null, after?.vlan?.parent ?? null]
    if (had !== null && had !== has && then.has(had))
      setVlanLine(draft, then.get(had) ?? blankLink(had, 'nic'), name, false)
    if (has !== null) setVlanLine(draft, then.get(has) ?? blankLink(has, 'nic'), name, true)
  }
}

function setVlanLine(draft: Draft, parent: LinkConfig, vlan: string, wanted: boolean): void {
  const unit = draft.network(parent)
  const has = unit !== null && wordsOf(unit.sections, 'Network', 'VLAN').includes(vlan)
  if (has === wanted) return
  const fresh = unit === null
  draft.editNetwork(parent, (text) => {
    if (wanted) text.add('Network', 'VLAN', vlan)
    else
      for (let nth = 0; nth < text.count('Network'); nth++) {
        const lines = text.values('Network', 'VLAN', nth)
        const kept = lines.map((line) =>
          line
            .split(/\s+/)
            .filter((word) => word !== vlan)
            .join(' '),
        )
        text.set(
          'Network',
          'VLAN',
          kept.filter((line, at) => line !== '' || lines[at] === ''),
          nth,
        )
      }
    // A NIC that only carries VLANs takes no addresses of its own.
    if (fresh) writeNetwork(text, plain(parent))
  })
}

const plain = (link: LinkConfig) => ({
  link,
  masterKind: null,
  primary: false,
  takes: new Set<string>(),
  carried: nothingCarried(),
})

/** The preferred port of a bond is said by the port's .network. */
function writePrimaries(draft: Draft, changes: readonly LinkChange[], then: ReadonlyMap<string, LinkConfig>): void {
  for (const { after } of changes) {
    if (after?.bond === null || after === null) continue
    for (const port of then.values()) {
      if (port.master !== after.name) continue
      const [unit, primary] = [draft.network(port), after.bond.primary === port.name]
      const says = unit !== null && wordsOf(unit.sections, 'Network', 'PrimarySlave').length > 0
      if (says === primary) continue
      draft.editNetwork(port, (text) => text.set('Network', 'PrimarySlave', primary ? ['yes'] : []))
    }
  }
}
