import type { LinkFacts } from '../facts/facts.ts'
import { actualConfig, runtimeOf } from './actual.ts'
import type { BackEndDriver, Configured } from './back-end.ts'
import { managedBackEnds, type LinkConfig } from './model.ts'
import { isSafeName } from './names.ts'
import type { RawNetwork } from './raw-network.ts'
import { say, type Sentence } from './sentences.ts'

/** A host's network as it is and as its files say, ready to be planned on. */
export interface Known {
  raw: RawNetwork
  /** The tool whose files are changed; null: nobody's, and `readOnly` says why. */
  driver: BackEndDriver | null
  readOnly: Sentence | null
  configured: Configured
  /** By name, what files say. */
  wanted: ReadonlyMap<string, LinkConfig>
  /** By name, what the kernel has; only links that can be configured. */
  actual: ReadonlyMap<string, LinkConfig>
  links: ReadonlyMap<string, LinkFacts>
  management: ReadonlySet<string>
}

const toolName: Record<string, string> = {
  networkd: 'systemd-networkd',
  netplan: 'netplan',
  networkmanager: 'NetworkManager',
  ifupdown: 'ifupdown',
  ifupdown2: 'ifupdown2',
  wicked: 'wicked',
  libvirt: 'libvirt',
  docker: 'Docker',
  ovs: 'Open vSwitch',
}
/** As people know it. */
export const nameOfTool = (id: string): string => toolName[id] ?? id

export function known(raw: RawNetwork, drivers: Readonly<Record<string, BackEndDriver>>): Known {
  const { network } = raw.facts
  const id = managedBackEnds.find((backEnd) => backEnd === network.backEnd)
  const driver = id === undefined ? null : (drivers[id] ?? null)
  const configured = driver?.read(raw.files, runtimeOf(network)) ?? { links: [], sources: {}, unreadable: [] }
  const whole = configured.unreadable.find(({ link }) => link === null)
  return {
    raw,
    driver,
    readOnly:
      driver === null
        ? network.backEnd === 'unknown'
          ? say('refuse.owner-unknown', { link: raw.facts.hostname })
          : say('refuse.owner-unsupported', { link: raw.facts.hostname, owner: nameOfTool(network.backEnd) })
        : whole !== undefined
          ? say('refuse.read-only', { link: whole.path, reason: whole.reason })
          : null,
    configured,
    wanted: new Map(configured.links.map((link) => [link.name, link])),
    actual: new Map(
      network.links.flatMap((link) => {
        const config = actualConfig(link, raw)
        return config === null ? [] : [[link.name, config]]
      }),
    ),
    links: new Map(network.links.map((link) => [link.name, link])),
    management: new Set(network.managementPath?.links),
  }
}

/** Why this link can't be changed, or null. A link that is not there yet can be. */
export function readOnlyReason({ readOnly, driver, links, configured }: Known, name: string): Sentence | null {
  if (readOnly !== null || driver === null) return readOnly
  const unreadable = configured.unreadable.find(({ link }) => link === name)
  if (unreadable !== undefined) return say('refuse.read-only', { link: name, reason: unreadable.reason })
  const link = links.get(name)
  if (link === undefined) return null
  if (!isSafeName(name)) return say('refuse.read-only', { link: name, reason: 'its name cannot be written into files' })
  const { backEnd } = link
  if (backEnd === driver.id || backEnd === 'kernel') return null
  if (backEnd === 'unknown') return say('refuse.owner-unknown', { link: name })
  if (backEnd === 'libvirt' || backEnd === 'docker')
    return say('refuse.port-foreign', { port: name, owner: nameOfTool(backEnd) })
  return managedBackEnds.some((id) => id === backEnd)
    ? say('refuse.owner-mixed', { link: name, owner: nameOfTool(backEnd), other: nameOfTool(driver.id) })
    : say('refuse.owner-unsupported', { link: name, owner: nameOfTool(backEnd) })
}

/**
 * One text for files and runtime, to be hashed: counters, lifetimes, taps and what comes and goes by itself are left
 * out, so that a VM that starts does not make a plan stale.
 */
export function canonical({ raw, actual }: Known): string {
  const files = raw.files
    .map(({ path, content, mode, uid, gid }) => [path, mode, uid, gid, content] as const)
    .sort(([one], [other]) => (one < other ? -1 : 1))
  const runtime = [...actual.values()]
    .filter(({ name }) => !isPassing(raw, name))
    .sort((one, other) => (one.name < other.name ? -1 : 1))
  return JSON.stringify({ files, runtime, rules: raw.rules })
}

const isPassing = (raw: RawNetwork, name: string): boolean => {
  const owner = raw.facts.network.links.find((link) => link.name === name)?.backEnd
  return owner === 'libvirt' || owner === 'docker'
}

/** Names of the VMs whose taps hang on this link: on the bridge itself, or on the bridge it is a port of. */
export function vmsOn({ raw }: Known, name: string): string[] {
  const bridges = new Set([name])
  const above = raw.facts.network.links.find((link) => link.name === name)?.master
  if (above !== null && above !== undefined) bridges.add(above)
  return [
    ...new Set(
      raw.facts.network.links.flatMap(({ vm, master, lower }) =>
        vm !== null && (bridges.has(master ?? '') || (master === null && bridges.has(lower ?? ''))) ? [vm.domain] : [],
      ),
    ),
  ].sort()
}
