import { lineText, nameText, wholeNumber } from '../facts/text.ts'
import type { Result } from '../kit/result.ts'
import {
  metadataNamespace,
  type Bandwidth,
  type BootDevice,
  type Domain,
  type DomainDisk,
  type DomainGraphics,
  type DomainNic,
} from './domain.ts'
import { attribute, children, content, path, readXml, sizeBytes, type Element } from './xml.ts'

const maxDevices = 256
const maxBacking = 32
const maxTags = 64
const maxNotes = 10_000

/** Reads a domain's XML, live or of its definition. Errors: a sentence. */
export function readDomain(xml: string): Result<Domain> {
  return readXml(xml, 'domain', (domain) => {
    const os = path(domain, 'os')
    const devices = path(domain, 'devices')
    const vcpu = path(domain, 'vcpu')
    const maxVcpus = positive(content(vcpu)) ?? 1
    const maxMemoryBytes = sizeBytes(path(domain, 'memory')) ?? 0
    const disks = children(devices, 'disk').slice(0, maxDevices).map(diskOf)
    const own = ownMetadata(domain)
    const wished = wishedVlans(own)
    const nics = children(devices, 'interface')
      .slice(0, maxDevices)
      .map(nicOf)
      .map((nic) => ({ ...nic, vlan: nic.vlan ?? wished.get(nic.mac) ?? null }))
    const type = path(os, 'type')
    return {
      uuid: (content(path(domain, 'uuid')) ?? '').toLowerCase().slice(0, 36),
      name: nameText(path(domain, 'name')?.textContent ?? '', 255),
      title: lineText(content(path(domain, 'title')) ?? '', 200),
      notes: notesText(path(domain, 'description')?.textContent ?? ''),
      type: nameText(attribute(domain, 'type') ?? 'unknown', 32),
      architecture: nameText(attribute(type, 'arch') ?? '', 32),
      machine: nameText(attribute(type, 'machine') ?? '', 64),
      firmware:
        attribute(os, 'firmware') === 'efi' || attribute(path(os, 'loader'), 'type') === 'pflash' ? 'uefi' : 'bios',
      secureBoot: attribute(path(os, 'loader'), 'secure') === 'yes',
      tpm: children(devices, 'tpm').length > 0,
      vcpus: positive(attribute(vcpu, 'current')) ?? maxVcpus,
      maxVcpus,
      topology: topologyOf(path(domain, 'cpu', 'topology')),
      cpu: cpuOf(path(domain, 'cpu')),
      memoryBytes: sizeBytes(path(domain, 'currentMemory')) ?? maxMemoryBytes,
      maxMemoryBytes,
      bootOrder: bootOrderOf(os, disks, nics),
      nics,
      disks,
      graphics: graphicsOf(children(devices, 'graphics')),
      serial: children(devices, 'serial').length + children(devices, 'console').length > 0,
      agent: agentOf(children(devices, 'channel')),
      tags: children(path(own, 'tags'), 'tag')
        .slice(0, maxTags)
        .map((tag) => nameText(tag.textContent ?? '', 64))
        .filter((tag) => tag !== ''),
      owner: short(content(path(own, 'owner'))),
      preset: short(content(path(own, 'preset'))),
      image: short(content(path(own, 'image'))),
    }
  })
}

const positive = (text: string | null): number | null => {
  const number = wholeNumber(text ?? undefined)
  return number !== null && number > 0 ? number : null
}
const whole = (text: string | null): number | null => wholeNumber(text ?? undefined)
const short = (text: string | null): string | null => (text === null || text === '' ? null : nameText(text, 255))

/** Lines stay; other control characters go. */
const notesText = (text: string): string =>
  text
    .slice(0, maxNotes)
    .split('\n')
    .map((line) => lineText(line, 1000) ?? '')
    .join('\n')
    .trim()

/** Prefixes are a matter of taste: libvirt keeps ours, other tools may have rewritten them. */
function ownMetadata(domain: Element): Element | null {
  for (let node = path(domain, 'metadata')?.firstChild ?? null; node !== null; node = node.nextSibling) {
    if (node.nodeType !== 1) continue
    const element = node as Element
    if (element.namespaceURI === metadataNamespace) return withoutPrefixes(element)
  }
  return null
}

/** `path` and `children` go by whole tag names. */
function withoutPrefixes(element: Element): Element {
  const plain = element.ownerDocument?.createElement(element.localName ?? element.tagName)
  if (plain === undefined) return element
  for (const { name, value } of element.attributes)
    if (name !== 'xmlns' && !name.includes(':')) plain.setAttribute(name, value)
  for (let node = element.firstChild; node !== null; node = node.nextSibling)
    plain.appendChild(node.nodeType === 1 ? withoutPrefixes(node as Element) : node.cloneNode(true))
  return plain
}

function topologyOf(topology: Element | null): Domain['topology'] {
  if (topology === null) return null
  const [sockets, cores, threads] = ['sockets', 'cores', 'threads'].map(
    (name) => positive(attribute(topology, name)) ?? 1,
  )
  const dies = positive(attribute(topology, 'dies')) ?? 1
  return { sockets: (sockets ?? 1) * dies, cores: cores ?? 1, threads: threads ?? 1 }
}

function cpuOf(cpu: Element | null): string | null {
  const mode = attribute(cpu, 'mode')
  return mode !== null && mode !== 'custom' ? nameText(mode, 64) : short(content(path(cpu, 'model')))
}

function bootOrderOf(os: Element | null, disks: readonly DomainDisk[], nics: readonly DomainNic[]): BootDevice[] {
  const classes = children(os, 'boot').map((boot): BootDevice => ({
    kind: 'class',
    class: nameText(attribute(boot, 'dev') ?? '', 32),
  }))
  if (classes.length > 0) return classes
  const numbered = [
    ...disks.map(({ target, bootOrder }) => ({ kind: 'disk' as const, device: target, order: bootOrder })),
    ...nics.map(({ mac, bootOrder }) => ({ kind: 'nic' as const, device: mac, order: bootOrder })),
  ]
  return numbered
    .filter(({ order }) => order !== null)
    .toSorted((a, b) => (a.order ?? 0) - (b.order ?? 0))
    .map(({ kind, device }) => ({ kind, device }))
}

function nicOf(nic: Element): DomainNic {
  const sourceKind = short(attribute(nic, 'type')) ?? 'unknown'
  const source = path(nic, 'source')
  const driver = path(nic, 'driver')
  return {
    mac: (attribute(path(nic, 'mac'), 'address') ?? '').toLowerCase().slice(0, 17),
    sourceKind,
    source: short(
      sourceKind === 'network'
        ? attribute(source, 'network')
        : (attribute(source, 'bridge') ?? attribute(source, 'dev') ?? attribute(source, 'path')),
    ),
    mode: short(attribute(source, 'mode')),
    portGroup: short(attribute(source, 'portgroup')),
    model: short(attribute(path(nic, 'model'), 'type')),
    tap: short(attribute(path(nic, 'target'), 'dev')),
    queues: positive(attribute(driver, 'queues')),
    rxRing: positive(attribute(driver, 'rx_queue_size')),
    txRing: positive(attribute(driver, 'tx_queue_size')),
    mtu: positive(attribute(path(nic, 'mtu'), 'size')),
    linkUp: attribute(path(nic, 'link'), 'state') !== 'down',
    filter: short(attribute(path(nic, 'filterref'), 'filter')),
    isolated: attribute(path(nic, 'port'), 'isolated') === 'yes',
    inbound: bandwidthOf(path(nic, 'bandwidth', 'inbound')),
    outbound: bandwidthOf(path(nic, 'bandwidth', 'outbound')),
    vlan: vlanOf(path(nic, 'vlan')),
    bootOrder: positive(attribute(path(nic, 'boot'), 'order')),
    alias: short(attribute(path(nic, 'alias'), 'name')),
  }
}

function bandwidthOf(limit: Element | null): Bandwidth | null {
  const averageKBps = positive(attribute(limit, 'average'))
  if (averageKBps === null) return null
  return { averageKBps, peakKBps: positive(attribute(limit, 'peak')), burstKB: positive(attribute(limit, 'burst')) }
}

function vlanOf(vlan: Element | null): DomainNic['vlan'] {
  if (vlan === null) return null
  const tags = children(vlan, 'tag').slice(0, 4096)
  const native = tags.find((tag) => attribute(tag, 'nativeMode') !== null) ?? null
  return {
    trunk: attribute(vlan, 'trunk') === 'yes' || tags.length > 1,
    tags: tags.map((tag) => whole(attribute(tag, 'id'))).filter((id) => id !== null),
    native: whole(attribute(native, 'id')),
  }
}

/** VLANs that Drawbridge itself keeps on the ports of NICs, by MAC: see domain-metadata.ts. */
function wishedVlans(own: Element | null): Map<string, NonNullable<DomainNic['vlan']>> {
  const wished = children(path(own, 'vlans'), 'vlan').slice(0, maxDevices)
  return new Map(
    wished.flatMap((vlan) => {
      const mac = attribute(vlan, 'mac')?.toLowerCase()
      const tags = children(vlan, 'tag').slice(0, 4096)
      const ids = tags.map((tag) => whole(attribute(tag, 'id'))).filter((id) => id !== null)
      if (mac === undefined || ids.length === 0) return []
      const native = tags.find((tag) => attribute(tag, 'native') === 'yes') ?? null
      const trunk = attribute(vlan, 'trunk') === 'yes' || ids.length > 1
      return [[mac, { trunk, tags: ids, native: whole(attribute(native, 'id')) }] as const]
    }),
  )
}

const devices = ['disk', 'cdrom', 'floppy', 'lun'] as const

function diskOf(disk: Element): DomainDisk {
  const target = path(disk, 'target')
  const source = path(disk, 'source')
  const driver = path(disk, 'driver')
  const tune = path(disk, 'iotune')
  const pool = short(attribute(source, 'pool'))
  const volume = short(attribute(source, 'volume'))
  const device = attribute(disk, 'device') ?? 'disk'
  return {
    target: nameText(attribute(target, 'dev') ?? '', 32),
    device: devices.find((known) => known === device) ?? 'disk',
    bus: nameText(attribute(target, 'bus') ?? 'unknown', 32),
    source: sourceOf(source) ?? (pool !== null && volume !== null ? `${pool}/${volume}` : null),
    sourceKind: nameText(attribute(disk, 'type') ?? 'file', 32),
    pool,
    volume,
    format: short(attribute(driver, 'type')),
    cache: short(attribute(driver, 'cache')),
    io: short(attribute(driver, 'io')),
    discard: short(attribute(driver, 'discard')),
    ioThread: positive(attribute(driver, 'iothread')),
    readOnly: children(disk, 'readonly').length > 0,
    shareable: children(disk, 'shareable').length > 0,
    serial: short(content(path(disk, 'serial'))),
    backing: backingOf(disk),
    limits: {
      readBytesPerSecond: positive(content(path(tune, 'read_bytes_sec'))),
      writeBytesPerSecond: positive(content(path(tune, 'write_bytes_sec'))),
      readIops: positive(content(path(tune, 'read_iops_sec'))),
      writeIops: positive(content(path(tune, 'write_iops_sec'))),
    },
    bootOrder: positive(attribute(path(disk, 'boot'), 'order')),
  }
}

const sourceOf = (source: Element | null): string | null => {
  const text =
    attribute(source, 'file') ?? attribute(source, 'dev') ?? attribute(source, 'dir') ?? attribute(source, 'name')
  return text === null || text === '' ? null : nameText(text, 4096)
}

function backingOf(disk: Element): string[] {
  const found: string[] = []
  let below = path(disk, 'backingStore')
  while (below !== null && found.length < maxBacking) {
    const source = sourceOf(path(below, 'source'))
    if (source !== null) found.push(source)
    below = path(below, 'backingStore')
  }
  return found
}

/** VNC when there is one: it is what a browser can show. */
function graphicsOf(all: readonly Element[]): DomainGraphics | null {
  const graphics = all.find((one) => attribute(one, 'type') === 'vnc') ?? all[0]
  if (graphics === undefined) return null
  const listen = path(graphics, 'listen')
  const port = whole(attribute(graphics, 'port'))
  return {
    kind: nameText(attribute(graphics, 'type') ?? 'unknown', 32),
    port: port !== null && port > 0 && port < 65_536 ? port : null,
    listen: short(attribute(listen, 'address') ?? attribute(graphics, 'listen')),
    socket: short(attribute(listen, 'socket') ?? attribute(graphics, 'socket')),
    keymap: short(attribute(graphics, 'keymap')),
    hasPassword: attribute(graphics, 'passwd') !== null,
  }
}

function agentOf(channels: readonly Element[]): Domain['agent'] {
  const targets = channels.map((channel) => path(channel, 'target'))
  const agent = targets.find((target) => attribute(target, 'name') === 'org.qemu.guest_agent.0')
  if (agent === undefined) return 'absent'
  return attribute(agent, 'state') === 'connected' ? 'connected' : 'disconnected'
}
