import { forbiddenPattern } from './xml-text.ts'

/** Elements as libvirt writes them: single quotes, two spaces a level. */

export interface XmlTree {
  name: string
  /** Null: left out. */
  attributes?: Record<string, string | number | null>
  /** Text, or elements; those that are null are left out. */
  content?: string | (XmlTree | null)[]
}

export const tree = (
  name: string,
  attributes: Record<string, string | number | null> = {},
  content?: string | (XmlTree | null)[],
): XmlTree => (content === undefined ? { name, attributes } : { name, attributes, content })

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', "'": '&apos;', '"': '&quot;' }

const unwritable = new RegExp(forbiddenPattern, 'g')

/** As text of an element. A carriage return would be read back as a line feed. */
export const escapeText = (text: string): string =>
  text
    .replaceAll(unwritable, '')
    .replaceAll(/[&<>]/g, (character) => escapes[character] ?? '')
    .replaceAll('\r', '&#13;')

/** For between quotes of either kind; line breaks and tabs would be read back as spaces. */
export const escapeValue = (text: string): string =>
  text
    .replaceAll(unwritable, '')
    .replaceAll(/[&<>'"]/g, (character) => escapes[character] ?? '')
    .replaceAll(/[\t\n\r]/g, (character) => `&#${character.codePointAt(0)};`)

/** Without a line feed at its end. `indent` stands before all lines but the first. */
export function writeXml({ name, attributes = {}, content }: XmlTree, indent = '', newline = '\n'): string {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== null)
    .map(([key, value]) => ` ${key}='${escapeValue(String(value))}'`)
    .join('')
  const open = `<${name}${written}`
  if (content === undefined) return `${open}/>`
  if (typeof content === 'string') return content === '' ? `${open}/>` : `${open}>${escapeText(content)}</${name}>`
  const children = content.filter((child) => child !== null)
  if (children.length === 0) return `${open}/>`
  const inner = `${indent}  `
  const lines = children.map((child) => `${newline}${inner}${writeXml(child, inner, newline)}`)
  return `${open}>${lines.join('')}${newline}${indent}</${name}>`
}
