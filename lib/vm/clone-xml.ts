import type { Result } from '../kit/result.ts'
import { metadataNamespace } from './domain.ts'
import { renameVariables } from './firmware-variables.ts'
import { attribute, children, path, removeChildren, rewriteXml, setAttributes, type Element } from './xml.ts'

export interface CloneChange {
  name: string
  uuid: string
  /** Old MAC → new one, lower case. */
  macs: ReadonlyMap<string, string>
  /** By target; all others stay as they are. */
  disks: ReadonlyMap<string, { path: string; kind: 'file' | 'block'; format: string }>
}

/** The definition of a clone: what must be its own is made so, all else stays as it was. Errors: a sentence. */
export function cloneXml(xml: string, { name, uuid, macs, disks }: CloneChange): Result<string> {
  return rewriteXml(xml, 'domain', (domain) => {
    domain.removeAttribute('id')
    const before = path(domain, 'name')?.textContent ?? ''
    setText(path(domain, 'name'), name)
    setText(path(domain, 'uuid'), uuid)
    removeChildren(domain, 'genid')
    const os = path(domain, 'os')
    if (os !== null) renameVariables(os, name)
    const devices = path(domain, 'devices')
    for (const disk of children(devices, 'disk')) {
      const change = disks.get(attribute(path(disk, 'target'), 'dev') ?? '')
      if (change !== undefined) changeDisk(disk, change)
    }
    for (const nic of children(devices, 'interface')) {
      const mac = path(nic, 'mac')
      const own = macs.get((attribute(mac, 'address') ?? '').toLowerCase())
      if (mac !== null && own !== undefined) mac.setAttribute('address', own)
      removeChildren(nic, 'target')
    }
    for (const channel of children(devices, 'channel')) removeChildren(channel, 'source')
    for (const serial of [...children(devices, 'serial'), ...children(devices, 'console')]) {
      removeChildren(serial, 'source')
      const log = path(serial, 'log')
      const file = attribute(log, 'file')
      if (log !== null && file !== null) log.setAttribute('file', file.replace(`/${before}-`, `/${name}-`))
    }
    for (const graphics of children(devices, 'graphics')) {
      graphics.removeAttribute('socket')
      for (const listen of children(graphics, 'listen')) listen.removeAttribute('socket')
      // Two VMs can't have one port.
      if (attribute(graphics, 'autoport') === 'no') setAttributes(graphics, { port: '-1', autoport: 'yes' })
    }
    renameVlans(path(domain, 'metadata'), macs)
  })
}

function setText(element: Element | null, text: string): void {
  if (element !== null) element.textContent = text
}

function changeDisk(
  disk: Element,
  { path: source, kind, format }: { path: string; kind: 'file' | 'block'; format: string },
): void {
  disk.setAttribute('type', kind)
  path(disk, 'driver')?.setAttribute('type', format)
  removeChildren(disk, 'backingStore')
  const element = path(disk, 'source')
  if (element === null) return
  for (const name of ['file', 'dev', 'pool', 'volume', 'index', 'startupPolicy']) element.removeAttribute(name)
  element.setAttribute(kind === 'block' ? 'dev' : 'file', source)
}

/** VLANs that Drawbridge keeps are written down by MAC. */
function renameVlans(metadata: Element | null, macs: ReadonlyMap<string, string>): void {
  for (let node = metadata?.firstChild ?? null; node !== null; node = node.nextSibling) {
    if (node.nodeType !== 1 || (node as Element).namespaceURI !== metadataNamespace) continue
    const vlans = [...(node as Element).getElementsByTagNameNS(metadataNamespace, 'vlan')]
    for (const vlan of vlans) {
      const own = macs.get((attribute(vlan, 'mac') ?? '').toLowerCase())
      if (own !== undefined) vlan.setAttribute('mac', own)
    }
  }
}
