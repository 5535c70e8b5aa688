import { attribute, children, path, readXml } from './xml.ts'

// Whoever may edit a VM can name any file of the host there; only libvirt's own folder is read.
const readable =
  /^\/var\/log\/libvirt\/(?:[A-Za-z0-9_+=,@][A-Za-z0-9._+=,@ -]*\/)*[A-Za-z0-9_+=,@][A-Za-z0-9._+=,@ -]*$/

/** The file that libvirt writes the first serial console to, besides; null when there is none that may be read. */
export function serialLogFile(xml: string): string | null {
  const read = readXml(xml, 'domain', (domain) => {
    const devices = path(domain, 'devices')
    const first = children(devices, 'console')[0] ?? children(devices, 'serial')[0]
    return first === undefined ? null : attribute(path(first, 'log'), 'file')
  })
  return read.ok && read.value !== null && readable.test(read.value) ? read.value : null
}
