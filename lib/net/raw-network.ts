import { fileLinesOf, linesOf, sectionOf, type Answer } from '../facts/answer.ts'
import type { HostFacts } from '../facts/facts.ts'
import { child, flag, jsonRows, number, text } from '../facts/json.ts'
import { nameText } from '../facts/text.ts'
import type { ConfigFile } from './back-end.ts'
import { bondModes, type BondConfig, type RuleConfig } from './model.ts'
import { isSafeName } from './names.ts'

/** All that a plan is made from, read at one moment: facts, configuration files, and what facts leave out. */
export interface RawNetwork {
  facts: HostFacts
  files: ConfigFile[]
  /** Files whose content is not text that can be written back as it was. */
  binaryFiles: string[]
  details: ReadonlyMap<string, LinkDetails>
  rules: RuleConfig[]
  /** Link → client identifier of its present DHCP lease, hex bytes with colons. */
  clientIds: ReadonlyMap<string, string>
  versions: Readonly<Record<string, string>>
}

/** What the kernel says of a link beyond the facts. */
export interface LinkDetails {
  helloSeconds: number | null
  maxAgeSeconds: number | null
  priority: number | null
  bond: BondConfig | null
}

const maxFiles = 400

/** What lib/host/scripts/network.sh wrote. */
export function parseRawNetwork(answer: Answer, facts: HostFacts): RawNetwork {
  const files: ConfigFile[] = []
  const binaryFiles: string[] = []
  for (const [name, section] of answer.sections) {
    if (!/^file \d+$/.test(name) || section.code !== 0 || files.length >= maxFiles) continue
    const lineEnd = section.text.indexOf('\n')
    const head = /^(\/[A-Za-z0-9/._@:+-]{1,250}) ([0-7]{1,4}) (\d{1,10}) (\d{1,10})$/.exec(
      lineEnd < 0 ? section.text : section.text.slice(0, lineEnd),
    )
    if (head === null) continue
    const [, path = '', mode = '644', uid, gid] = head
    const content = lineEnd < 0 ? '' : section.text.slice(lineEnd + 1)
    if (content.includes('\uFFFD') || content.includes('\0')) {
      binaryFiles.push(path)
      continue
    }
    files.push({ path, content, mode: Number.parseInt(mode, 8), uid: Number(uid), gid: Number(gid) })
  }
  return {
    facts,
    files,
    binaryFiles,
    details: detailsOf(answer),
    rules: [...rulesOf(answer, 'inet'), ...rulesOf(answer, 'inet6')],
    clientIds: clientIdsOf(answer, facts),
    versions: Object.fromEntries(
      linesOf(sectionOf(answer, 'versions')).flatMap((line) => {
        const [, key, value] = /^([a-z0-9-]{1,30})=([\w.~:+-]{1,60})$/.exec(line) ?? []
        return key === undefined || value === undefined ? [] : [[key, value]]
      }),
    ),
  }
}

const seconds = (hundredths: number | null): number | null => (hundredths === null ? null : hundredths / 100)

function detailsOf(answer: Answer): Map<string, LinkDetails> {
  const details = new Map<string, LinkDetails>()
  for (const row of jsonRows(sectionOf(answer, 'links').text) ?? []) {
    const name = text(row, 'ifname')
    if (name === null) continue
    const info = child(row, 'linkinfo')
    const kind = text(info, 'info_kind')
    const data = child(info, 'info_data')
    const isBridge = kind === 'bridge'
    details.set(name, {
      helloSeconds: isBridge ? seconds(number(data, 'hello_time')) : null,
      maxAgeSeconds: isBridge ? seconds(number(data, 'max_age')) : null,
      priority: isBridge ? number(data, 'priority') : null,
      bond: kind === 'bond' ? bondOf(data) : null,
    })
  }
  return details
}

function bondOf(data: ReturnType<typeof child>): BondConfig {
  const said = text(data, 'mode')
  const mode = bondModes.find((known) => known === said) ?? 'balance-rr'
  const rate = text(data, 'ad_lacp_rate')
  const policy = text(data, 'xmit_hash_policy')
  return {
    mode,
    miimonMs: number(data, 'miimon'),
    upDelayMs: number(data, 'updelay'),
    downDelayMs: number(data, 'downdelay'),
    lacpRate: rate === 'slow' || rate === 'fast' ? rate : null,
    hashPolicy:
      (['layer2', 'layer3+4', 'layer2+3', 'encap2+3', 'encap3+4'] as const).find((known) => known === policy) ?? null,
    primary: text(data, 'primary'),
    minLinks: number(data, 'min_links'),
  }
}

const tableNumber = (name: string | null): number | null =>
  name === null
    ? null
    : ({ main: 254, default: 253, local: 255 }[name] ?? (/^\d{1,10}$/.test(name) ? Number(name) : null))

/** The rules somebody added; the kernel's own three are left out. */
function rulesOf(answer: Answer, family: 'inet' | 'inet6'): RuleConfig[] {
  return (jsonRows(sectionOf(answer, family === 'inet' ? 'rules4' : 'rules6').text) ?? []).flatMap((row) => {
    const table = tableNumber(text(row, 'table'))
    const priority = number(row, 'priority')
    if (table === null || priority === 0 || (priority ?? 0) >= 32766 || flag(row, 'not') === true) return []
    const side = (key: 'src' | 'dst'): string | null => {
      const address = text(row, key)
      if (address === null || address === 'all') return null
      return `${address}/${number(row, `${key}len`) ?? (family === 'inet' ? 32 : 128)}`
    }
    return [{ family, priority, from: side('src'), to: side('dst'), table }]
  })
}

function clientIdsOf(answer: Answer, facts: HostFacts): Map<string, string> {
  const ids = new Map<string, string>()
  const byIndex = new Map(facts.network.links.map(({ index, name }) => [String(index), name]))
  for (const [path, lines] of fileLinesOf(sectionOf(answer, 'leases'))) {
    const networkd = /^\/run\/systemd\/netif\/leases\/(\d+)$/.exec(path)?.[1]
    const keeper = /^\/var\/lib\/NetworkManager\/internal-[0-9a-f-]+-([^/]+)\.lease$/.exec(path)?.[1]
    const link = networkd === undefined ? keeper : byIndex.get(networkd)
    if (link === undefined || !isSafeName(nameText(link))) continue
    const hex = lines
      .map((line) => /^(?:CLIENTID|client-id)=([0-9a-f:]{4,200})$/i.exec(line)?.[1])
      .find((value) => value !== undefined)
    if (hex === undefined) continue
    const bytes = hex.includes(':') ? hex.toLowerCase() : (hex.toLowerCase().match(/../g) ?? []).join(':')
    ids.set(link, bytes)
  }
  return ids
}
