import { XMLSerializer } from '@xmldom/xmldom'
import type { Result } from '../kit/result.ts'
import { attribute, children, content, path, readXml, type Element } from './xml.ts'

/** What a domain's XML needs of the host it runs on, beside what lib/vm/domain.ts tells. Paths are as they stand there. */
export interface MigrationNeeds {
  /** Files that are only read: kernel, firmware, ISO images. */
  files: { role: 'kernel' | 'firmware' | 'iso'; path: string }[]
  /** Written disks: `vda` and its file or block device. Others (network) have no path. */
  disks: { target: string; path: string | null; kind: string; format: string | null }[]
  /** `<cpu>` as it can be compared, or null when it names no model. */
  cpuXml: string | null
  /** Devices of the host itself (PCI, USB), which stay there. */
  hostDevices: number
}

const isPath = (text: string | null): text is string => text !== null && text.startsWith('/') && text.length <= 1024

/** Errors: a sentence. */
export function readMigrationNeeds(xml: string): Result<MigrationNeeds> {
  return readXml(xml, 'domain', (domain) => {
    const os = path(domain, 'os')
    const devices = path(domain, 'devices')
    const files: MigrationNeeds['files'] = []
    const need = (role: MigrationNeeds['files'][number]['role'], text: string | null) => {
      if (isPath(text)) files.push({ role, path: text })
    }
    for (const name of ['kernel', 'initrd', 'dtb']) need('kernel', content(path(os, name)))
    need('firmware', content(path(os, 'loader')))
    need('firmware', attribute(path(os, 'nvram'), 'template'))
    const disks: MigrationNeeds['disks'] = []
    for (const disk of children(devices, 'disk')) {
      const source = path(disk, 'source')
      const file = attribute(source, 'file') ?? attribute(source, 'dev')
      const kind = attribute(disk, 'type') ?? 'file'
      const isRead = attribute(disk, 'device') === 'cdrom' || path(disk, 'readonly') !== null
      if (source === null) continue
      if (isRead) need('iso', file)
      else
        disks.push({
          target: attribute(path(disk, 'target'), 'dev') ?? '',
          path: isPath(file) ? file : null,
          kind,
          format: attribute(path(disk, 'driver'), 'type'),
        })
    }
    return {
      files,
      disks,
      cpuXml: cpuOf(path(domain, 'cpu')),
      hostDevices: children(devices, 'hostdev').length,
    }
  })
}

function cpuOf(cpu: Element | null): string | null {
  return cpu === null || path(cpu, 'model') === null ? null : new XMLSerializer().serializeToString(cpu)
}

/** What a host's capabilities say of itself. */
export function readHostUuid(capabilities: string): string | null {
  const read = readXml(capabilities, 'capabilities', (root) => content(path(root, 'host', 'uuid')))
  return read.ok ? read.value : null
}
