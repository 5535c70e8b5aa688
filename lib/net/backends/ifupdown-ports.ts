import { canonicalKey, type Line, type Option } from '../text/interfaces.ts'
import { parseHook } from './hook-commands.ts'
import { LinkReader, optionsOf, portsOf } from './ifupdown-read.ts'
import { sameValue } from './same-link.ts'
import type { InterfacesFiles, PlacedStanza } from './ifupdown-files.ts'
import type { LinkConfig, PortConfig } from '../model.ts'

/** Takes a link out of every bridge and bond but `stays`. */
export function leaveMasters(files: InterfacesFiles, link: string, stays: string | null): void {
  for (const placed of files.stanzas) {
    if (placed.stanza.name === stays) continue
    for (const key of ['bridge-ports', 'bond-slaves'] as const) {
      const ports = portsOf(placed.stanza, key)
      if (ports.includes(link))
        setPorts(
          placed,
          key,
          ports.filter((port) => port !== link),
        )
    }
  }
  for (const { text, stanza } of files.of(link))
    text.setOptions(
      stanza,
      (line) => (canonicalKey(line.key) === 'bond-master' ? line.value : null),
      optionsOf(stanza, 'bond-master')
        .filter((line) => line.value === stays)
        .map(({ key, value }) => ({ id: value, key, value })),
    )
}

/** False: the files have no stanza of that bridge or bond. */
export function joinMaster(files: InterfacesFiles, link: string, master: string): boolean {
  const stanzas = files.of(master)
  const owned = stanzas.flatMap((placed) =>
    (['bridge-ports', 'bond-slaves'] as const).flatMap((key) => {
      const ports = portsOf(placed.stanza, key)
      const said = optionsOf(placed.stanza, key).length > 0 || ports.length > 0
      return said ? [{ placed, key, ports }] : []
    }),
  )
  if (owned.some(({ ports }) => ports.includes(link))) return true
  const mine = files.of(link)
  if (mine.some(({ stanza }) => optionsOf(stanza, 'bond-master').some((line) => line.value === master))) return true
  const fromBelow = files.stanzas.some(({ stanza }) =>
    optionsOf(stanza, 'bond-master').some((line) => line.value === master),
  )
  const [first] = mine
  if (fromBelow && first !== undefined) {
    first.text.setOptions(first.stanza, (line) => (canonicalKey(line.key) === 'bond-master' ? '' : null), [
      { id: master, key: 'bond-master', value: master },
    ])
    return true
  }
  const [home] = owned
  if (home === undefined) return false
  setPorts(home.placed, home.key, [...home.ports, link])
  return true
}

function setPorts({ text, stanza }: PlacedStanza, key: 'bridge-ports' | 'bond-slaves', ports: readonly string[]): void {
  const value = ports.length === 0 ? 'none' : ports.join(' ')
  const name = optionsOf(stanza, key)[0]?.key ?? (optionsOf(stanza, 'slaves').length > 0 ? 'slaves' : key)
  text.setOptions(
    stanza,
    (line) => {
      const same = canonicalKey(line.key) === key || (key === 'bond-slaves' && line.key === 'slaves')
      return same ? line.value : null
    },
    [{ id: value, key: name, value }],
  )
}

/** The VLANs of a port: in the bridge's stanza for ifupdown, which brings ports up with the bridge; in its own for ifupdown2. */
export function writePort(files: InterfacesFiles, after: LinkConfig): void {
  const now = new LinkReader(files, after.name).read()
  if (sameValue(now.port, after.port)) return
  if (files.dialect === 'ifupdown2') {
    const keys = ['bridge-access', 'bridge-vids', 'bridge-pvid', 'bridge-allow-untagged']
    for (const [at, { text, stanza }] of files.of(after.name).entries())
      text.setOptions(
        stanza,
        (line) => (keys.includes(canonicalKey(line.key)) ? `${canonicalKey(line.key)} ${line.value}` : null),
        at === 0 && after.port !== null ? options2(after.port) : [],
      )
    return
  }
  const bridge = after.master ?? now.master
  if (bridge === null) return
  const first = new LinkReader(files, bridge).read().bridge?.defaultPvid ?? 1
  const idOf = (line: Line): string | null => {
    if (!/^(pre|post)-(up|down)$/.test(canonicalKey(line.key))) return null
    const command = parseHook(line.value, bridge)
    return command?.kind === 'port-vlan' && command.port === after.name && !command.self ? line.value : null
  }
  for (const [at, { text, stanza }] of files.of(bridge).entries())
    text.setOptions(stanza, idOf, at === 0 && after.port !== null ? hooks(after.name, after.port, first) : [])
}

function options2(port: PortConfig): Option[] {
  const option = (key: string, value: string): Option => ({ id: `${key} ${value}`, key, value })
  if (port.pvid !== null && port.tagged.length === 0) return [option('bridge-access', String(port.pvid))]
  const vids = port.tagged.length === 0 ? [] : [option('bridge-vids', rangesOf(port.tagged).join(' '))]
  if (port.pvid === null) return [...vids, option('bridge-allow-untagged', 'no')]
  return [...vids, option('bridge-pvid', String(port.pvid))]
}

function hooks(link: string, port: PortConfig, first: number): Option[] {
  const line = (action: 'add' | 'del', vids: string, flags: string): Option => {
    const value = `bridge vlan ${action} dev ${link} vid ${vids}${flags}`
    return { id: value, key: 'post-up', value }
  }
  const plain = (ids: readonly number[]): string[] => rangesOf(ids.filter((id) => id !== port.pvid))
  const flags = port.pvid !== null && port.untagged.includes(port.pvid) ? ' pvid untagged' : ' pvid'
  return [
    ...(first === 0 || [...port.untagged, ...port.tagged].includes(first) ? [] : [line('del', String(first), '')]),
    ...(port.pvid === null ? [] : [line('add', String(port.pvid), flags)]),
    ...plain(port.untagged).map((vids) => line('add', vids, ' untagged')),
    ...plain(port.tagged).map((vids) => line('add', vids, '')),
  ]
}

/** `[10, 20, 21, 22]` as `10`, `20-22`. */
export function rangesOf(ids: readonly number[]): string[] {
  const ranges: string[] = []
  for (let at = 0; at < ids.length; at++) {
    const from = ids[at] ?? 0
    while (ids[at + 1] === (ids[at] ?? 0) + 1) at++
    const to = ids[at] ?? from
    ranges.push(from === to ? `${from}` : `${from}-${to}`)
  }
  return ranges
}
