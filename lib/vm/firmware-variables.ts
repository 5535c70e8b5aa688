import type { Result } from '../kit/result.ts'
import { attribute, children, content, path, readXml, type Element } from './xml.ts'

/** Where libvirt keeps a VM's UEFI variables (boot entries, enrolled keys): a file of its own, outside of any pool. */
const usualDirectory = '/var/lib/libvirt/qemu/nvram'

/**
 * The file with a VM's UEFI variables, absolute. Null: it has none, or they are in no file. libvirt makes the file when the
 * VM first starts; the definition of libvirt 9.0 does not name it. Errors: a sentence.
 */
export function variablesFile(xml: string): Result<string | null> {
  return readXml(xml, 'domain', (domain) => {
    const os = path(domain, 'os')
    const named = namedFile(path(os, 'nvram'))
    if (named !== undefined) return named?.startsWith('/') === true ? named : null
    const loader = path(os, 'loader')
    const has = attribute(os, 'firmware') === 'efi' && attribute(loader, 'stateless') !== 'yes'
    const name = content(path(domain, 'name')) ?? ''
    return has && /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name) ? `${usualDirectory}/${name}_VARS.fd` : null
  })
}

/** Undefined: libvirt chooses. Null: it is no file. */
function namedFile(nvram: Element | null): string | null | undefined {
  if (nvram === null) return undefined
  const type = attribute(nvram, 'type')
  if (type === 'file') return attribute(path(nvram, 'source'), 'file')
  const text = content(nvram) ?? ''
  return type !== null ? null : text === '' ? undefined : text
}

/** Gives the variables that the definition names a file of the clone's, beside the original's. */
export function renameVariables(os: Element, name: string): void {
  for (const nvram of children(os, 'nvram')) {
    const file = namedFile(nvram)
    if (file === undefined) continue
    const own = file === null ? null : ownFile(file, name)
    // What lies on the network is the original's alone; libvirt makes new ones of the firmware's template.
    if (own === null) os.removeChild(nvram)
    else if (attribute(nvram, 'type') === 'file') path(nvram, 'source')?.setAttribute('file', own)
    else nvram.textContent = own
  }
}

const ownFile = (file: string, name: string): string | null => {
  const match = /^(\/(?:.*\/)?)[^/]*?(\.[a-z0-9]{1,5})?$/s.exec(file)
  return match === null ? null : `${match[1] ?? '/'}${name}_VARS${match[2] ?? '.fd'}`
}
