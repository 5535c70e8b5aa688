import { XmlEditor, type Locate } from './xml-editor.ts'
import { named, parseXml, pathTo, valueOf, type XmlElement } from './xml-text.ts'

const graphicsOf = (domain: XmlElement): XmlElement[] => named(pathTo(domain, 'devices'), 'graphics')
// What libvirt leaves out of XML that is shown.
const secrets = ['passwd', 'passwdValidTo', 'connected'] as const

/**
 * A definition that was edited as it is shown, with the passwords of its consoles back where they were. One that the
 * person wrote stays. A text that does not parse is given back as it is.
 * @param secret the definition with secrets
 */
export function withSecrets(edited: string, secret: string): string {
  const opened = XmlEditor.open(edited)
  const before = parseXml(secret)
  if (!opened.ok || !before.ok) return edited
  const editor = opened.value
  for (const [index, graphics] of graphicsOf(before.value).entries()) {
    const place: Locate = (domain) => graphicsOf(domain)[index] ?? null
    const now = editor.at(place)
    if (now === null || valueOf(now, 'type') !== valueOf(graphics, 'type') || valueOf(now, 'passwd') !== null) continue
    for (const name of secrets) {
      const value = valueOf(graphics, name)
      if (value !== null && valueOf(now, name) === null) editor.setAttributes(place, { [name]: value })
    }
  }
  return editor.text
}
