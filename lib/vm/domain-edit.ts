import { err, ok, type Result } from '../kit/result.ts'
import type { BootDevice, Domain } from './domain.ts'
import { interfacesOf, macOf, nicByMac, setAttributeOf } from './domain-edit-nic.ts'
import { disksOf, diskByTarget } from './domain-edit-disk.ts'
import { setOwner, setTags } from './domain-metadata.ts'
import { XmlEditor, type Locate } from './xml-editor.ts'
import { named, pathTo, valueOf, type XmlElement } from './xml-text.ts'
import { tree } from './xml-write.ts'

/** What may be edited of a domain apart from its devices; what is absent stays. */
export interface DomainChange {
  title?: string | null | undefined
  notes?: string | undefined
  tags?: readonly string[] | undefined
  owner?: string | null | undefined
  vcpus?: number | undefined
  maxVcpus?: number | undefined
  topology?: Domain['topology'] | undefined
  memoryBytes?: number | undefined
  maxMemoryBytes?: number | undefined
  bootOrder?: readonly BootDevice[] | undefined
}

const root: Locate = (domain) => domain
const child =
  (...names: string[]): Locate =>
  (domain) =>
    pathTo(domain, ...names)

/** A definition with one thing changed by `edit`. Errors: a sentence; nothing is changed then. */
export function editXml(xml: string, edit: (editor: XmlEditor) => void): Result<string> {
  const opened = XmlEditor.open(xml)
  if (!opened.ok) return err(`libvirt’s XML can’t be read (line ${opened.error.line}): ${opened.error.message}`)
  edit(opened.value)
  return ok(opened.value.text)
}

export function changeDomain(editor: XmlEditor, change: DomainChange): void {
  if (change.title !== undefined) setTextElement(editor, 'title', change.title, ['name', 'uuid', 'genid'])
  if (change.notes !== undefined)
    setTextElement(editor, 'description', change.notes, ['name', 'uuid', 'genid', 'title'])
  if (change.tags !== undefined) setTags(editor, change.tags)
  if (change.owner !== undefined) setOwner(editor, change.owner)
  setVcpus(editor, change)
  setMemory(editor, change)
  if (change.bootOrder !== undefined) setBootOrder(editor, change.bootOrder)
}

function setTextElement(editor: XmlEditor, name: string, text: string | null, after: string[]): void {
  if (text === null || text === '') editor.remove(child(name))
  else if (editor.at(child(name)) === null) editor.insert(root, tree(name, {}, text), after)
  else editor.setText(child(name), text)
}

const numberOf = (text: string | null | undefined): number | null => {
  const number = Number(text?.trim())
  return text !== null && text !== undefined && Number.isInteger(number) && number > 0 ? number : null
}

export interface VcpuCounts {
  vcpus: number
  maxVcpus: number
}

/** Null of both: nothing is changed. More than the maximum raises it; a lower maximum lowers what it has. */
export function wantedVcpus(
  now: VcpuCounts,
  { vcpus, maxVcpus }: Pick<DomainChange, 'vcpus' | 'maxVcpus'>,
): VcpuCounts {
  const max = maxVcpus ?? Math.max(now.maxVcpus, vcpus ?? 0)
  return { maxVcpus: max, vcpus: Math.min(vcpus ?? now.vcpus, max) }
}

/** A topology that has as many vCPUs as there can be: cores and threads stay where they divide the number. */
export function fitTopology(topology: NonNullable<Domain['topology']>, maxVcpus: number) {
  const { cores, threads } = topology
  if (maxVcpus % (cores * threads) === 0) return { sockets: maxVcpus / (cores * threads), cores, threads }
  if (maxVcpus % threads === 0) return { sockets: 1, cores: maxVcpus / threads, threads }
  return { sockets: 1, cores: maxVcpus, threads: 1 }
}

function setVcpus(editor: XmlEditor, { vcpus, maxVcpus, topology }: DomainChange): void {
  const cpu = child('cpu')
  if (vcpus !== undefined || maxVcpus !== undefined) {
    const there = editor.at(child('vcpu'))
    const max = numberOf(there?.text) ?? 1
    const wanted = wantedVcpus(
      { maxVcpus: max, vcpus: numberOf(valueOf(there, 'current')) ?? max },
      { vcpus, maxVcpus },
    )
    if (there === null)
      editor.insert(root, tree('vcpu', {}, '1'), ['name', 'uuid', 'metadata', 'memory', 'currentMemory'])
    editor.setText(child('vcpu'), String(wanted.maxVcpus))
    editor.setAttributes(child('vcpu'), { current: wanted.vcpus === wanted.maxVcpus ? null : wanted.vcpus })
    // Which of them are plugged in follows from the numbers, when libvirt is not told each by each.
    editor.remove(child('vcpus'))
    const before = editor.at(child('cpu', 'topology'))
    if (topology === undefined && before !== null && wanted.maxVcpus !== max)
      setTopology(editor, fitTopology(topologyIn(before), wanted.maxVcpus))
  }
  if (topology === null) {
    editor.remove(child('cpu', 'topology'))
    const left = editor.at(cpu)
    if (left !== null && left.attributes.length === 0 && left.children.length === 0) editor.remove(cpu)
  } else if (topology !== undefined) setTopology(editor, topology)
}

const topologyIn = (element: XmlElement) => ({
  sockets: numberOf(valueOf(element, 'sockets')) ?? 1,
  cores: numberOf(valueOf(element, 'cores')) ?? 1,
  threads: numberOf(valueOf(element, 'threads')) ?? 1,
})

function setTopology(editor: XmlEditor, { sockets, cores, threads }: NonNullable<Domain['topology']>): void {
  const place = child('cpu', 'topology')
  if (editor.at(child('cpu')) === null)
    editor.insert(root, tree('cpu', {}), [
      'name',
      'uuid',
      'memory',
      'currentMemory',
      'vcpu',
      'iothreads',
      'os',
      'features',
    ])
  if (editor.at(place) === null)
    editor.insert(child('cpu'), tree('topology', { sockets, cores, threads }), ['model', 'vendor'])
  else {
    editor.setAttributes(place, { sockets, cores, threads })
    // Dies and clusters multiply: they are one with the sockets here.
    for (const name of ['dies', 'clusters'])
      if (valueOf(editor.at(place), name) !== null) editor.setAttributes(place, { [name]: 1 })
  }
}

/** Why this memory can't be set by one number, or null. */
export function memoryRefusal(domain: XmlElement): string | null {
  const cells = named(pathTo(domain, 'cpu', 'numa'), 'cell')
  if (cells.length > 1) return 'The memory is divided among NUMA nodes. Edit the XML to say which gets how much.'
  if (named(pathTo(domain, 'devices'), 'memory').length > 0)
    return 'The VM has memory modules of its own. Edit the XML to say how large each is.'
  return null
}

function setMemory(editor: XmlEditor, { memoryBytes, maxMemoryBytes }: DomainChange): void {
  if (memoryBytes === undefined && maxMemoryBytes === undefined) return
  const kib = (bytes: number) => Math.floor(bytes / 1024)
  if (maxMemoryBytes !== undefined) {
    setSize(editor, 'memory', kib(maxMemoryBytes))
    const cells = named(editor.at(child('cpu', 'numa')), 'cell')
    if (cells.length === 1)
      editor.setAttributes(child('cpu', 'numa', 'cell'), { memory: kib(maxMemoryBytes), unit: 'KiB' })
  }
  if (memoryBytes !== undefined) setSize(editor, 'currentMemory', kib(memoryBytes))
}

function setSize(editor: XmlEditor, name: string, kib: number): void {
  if (editor.at(child(name)) === null)
    editor.insert(root, tree(name, { unit: 'KiB' }, String(kib)), [
      'name',
      'uuid',
      'genid',
      'title',
      'description',
      'metadata',
      'maxMemory',
      'memory',
    ])
  else {
    editor.setAttributes(child(name), { unit: 'KiB' })
    editor.setText(child(name), String(kib))
  }
}

const ordered: Locate = (domain) =>
  pathTo(domain, 'devices')
    ?.children.map((device) => pathTo(device, 'boot'))
    .find((boot) => boot !== null) ?? null

/** By device, or by class: libvirt knows one or the other. Other devices with an order keep theirs, behind. */
function setBootOrder(editor: XmlEditor, order: readonly BootDevice[]): void {
  const isByClass = order.some(({ kind }) => kind === 'class')
  const osBoot: Locate = (domain) => pathTo(domain, 'os', 'boot')
  while (editor.at(osBoot) !== null) editor.remove(osBoot)
  for (const device of bootable(editor.root)) setAttributeOf(editor, device, 'boot', { order: null })
  if (isByClass) {
    // libvirt takes no order of any device beside it.
    while (editor.at(ordered) !== null) editor.remove(ordered)
    for (const device of order)
      if (device.kind === 'class')
        editor.insert(child('os'), tree('boot', { dev: device.class }), ['type', 'loader', 'nvram', 'boot'])
    return
  }
  const taken = new Set(
    (pathTo(editor.root, 'devices')?.children ?? []).map((device) => valueOf(pathTo(device, 'boot'), 'order')),
  )
  let next = 0
  for (const device of order) {
    if (device.kind === 'class') continue
    do next++
    while (taken.has(String(next)))
    const place = device.kind === 'nic' ? nicByMac(device.device) : diskByTarget(device.device)
    if (editor.at(place) !== null) setAttributeOf(editor, place, 'boot', { order: next })
  }
}

const bootable = (domain: XmlElement): Locate[] => [
  ...interfacesOf(domain).map((nic) => nicByMac(macOf(nic))),
  ...disksOf(domain).map((disk) => diskByTarget(valueOf(pathTo(disk, 'target'), 'dev') ?? '')),
]
