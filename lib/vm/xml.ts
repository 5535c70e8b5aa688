import { DOMParser, type Element, XMLSerializer } from '@xmldom/xmldom'
import { err, ok, type Result } from '../kit/result.ts'

export type { Element }

// libvirt itself writes some tens of kilobytes for a large VM.
const maxXml = 4 * 1024 * 1024

/** What `read` makes of the root element of an XML text from libvirt. Errors: a sentence. */
export function readXml<T>(text: string, root: string, read: (element: Element) => T): Result<T> {
  if (text.length > maxXml) return err(`The XML is larger than ${maxXml / 1024 / 1024} MiB.`)
  // Entities that the document defines are no part of what libvirt writes.
  if (text.includes('<!DOCTYPE')) return err('The XML has a document type, which libvirt never writes.')
  try {
    let problem: string | null = null
    const document = new DOMParser({
      onError: (level, message) => {
        if (level !== 'warning') problem ??= message
      },
    }).parseFromString(text, 'application/xml')
    const element = document.documentElement
    if (problem !== null || element === null) return err(`The XML is broken: ${problem ?? 'it is empty'}.`)
    return element.tagName === root
      ? ok(read(element))
      : err(`The XML is of a <${element.tagName}>, not of a <${root}>.`)
  } catch (thrown) {
    // The parser throws at what is no XML; reading throws at elements nested thousands deep.
    return err(`The XML is broken: ${thrown instanceof Error ? thrown.message.split('\n')[0] : 'unreadable'}.`)
  }
}

/** The XML text with its root element changed by `edit`; all that is not touched stays as it was. Errors: a sentence. */
export function rewriteXml(text: string, root: string, edit: (element: Element) => void): Result<string> {
  return readXml(text, root, (element) => {
    edit(element)
    return new XMLSerializer().serializeToString(element)
  })
}

/** The child of that name, appended if there is none. */
export function ensureChild(element: Element, name: string): Element {
  const there = children(element, name)[0]
  return there ?? appendChild(element, name)
}

export function appendChild(element: Element, name: string, attributes: Record<string, string | null> = {}): Element {
  const document = element.ownerDocument
  if (document === null) throw new TypeError('an element without a document')
  const made = document.createElement(name)
  setAttributes(made, attributes)
  element.appendChild(made)
  return made
}

/** Null removes. */
export function setAttributes(element: Element, attributes: Record<string, string | null>): void {
  for (const [name, value] of Object.entries(attributes))
    if (value === null) element.removeAttribute(name)
    else element.setAttribute(name, value)
}

export function removeChildren(element: Element, name: string): void {
  for (const child of children(element, name)) element.removeChild(child)
}

/** Child elements of that name, in order. */
export function children(element: Element | null, name: string): Element[] {
  const found: Element[] = []
  for (let node = element?.firstChild ?? null; node !== null; node = node.nextSibling)
    if (node.nodeType === 1 && (node as Element).tagName === name) found.push(node as Element)
  return found
}

/** The first descendant along a path of child names, e.g. `path(domain, 'os', 'type')`. */
export function path(element: Element | null, ...names: string[]): Element | null {
  let at = element
  for (const name of names) at = children(at, name)[0] ?? null
  return at
}

export const attribute = (element: Element | null, name: string): string | null =>
  element?.hasAttribute(name) === true ? element.getAttribute(name) : null

export const content = (element: Element | null): string | null => element?.textContent?.trim() ?? null

const units: Record<string, number> = {
  b: 1,
  bytes: 1,
  KB: 1e3,
  k: 1024,
  KiB: 1024,
  MB: 1e6,
  M: 1024 ** 2,
  MiB: 1024 ** 2,
  GB: 1e9,
  G: 1024 ** 3,
  GiB: 1024 ** 3,
  TB: 1e12,
  T: 1024 ** 4,
  TiB: 1024 ** 4,
}

/** A libvirt size with its `unit` attribute; `defaultUnit` when it has none. Null when it is no size. */
export function sizeBytes(element: Element | null, defaultUnit = 'KiB'): number | null {
  const value = content(element)
  const unit = units[attribute(element, 'unit') ?? defaultUnit]
  return value !== null && /^\d{1,15}$/.test(value) && unit !== undefined ? Number(value) * unit : null
}
