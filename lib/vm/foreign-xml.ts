import { parseXml, pathTo, valueOf, type XmlElement, type XmlProblem } from './xml-text.ts'

/** Letters, digits, `.`, `_` and `-`, the first no punctuation: libvirt takes `..` for a directory, with what is in it. */
export const vmNamePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/

export interface ForeignXmlProblem {
  line: number | null
  message: string
}

/**
 * What is wrong with a definition that a person edited, before libvirt sees it.
 * @param known the VM it shall be
 */
export function checkForeignXml(xml: string, known: { uuid: string; name: string }): ForeignXmlProblem[] {
  const parsed = parseXml(xml)
  if (!parsed.ok) return [broken(parsed.error)]
  const domain = parsed.value
  const lineOf = (element: XmlElement | null) =>
    element === null ? null : xml.slice(0, element.start).split('\n').length
  if (domain.name !== 'domain')
    return [{ line: lineOf(domain), message: `This is a <${domain.name}>, not the <domain> of a VM.` }]
  const problems: ForeignXmlProblem[] = []
  const names = domain.children.filter(({ name }) => name === 'name')
  const name = names[0]?.text.trim() ?? ''
  if (names.length !== 1) problems.push({ line: lineOf(domain), message: 'The VM must have one <name>.' })
  else if (name !== known.name)
    problems.push({
      line: lineOf(names[0] ?? null),
      message: vmNamePattern.test(name)
        ? `The name is ${known.name}; libvirt does not rename a VM this way.`
        : 'A name has letters, digits, ".", "_" and "-", begins with a letter or digit, and has at most 63 of them.',
    })
  else if (/^\.+$|[/\n]/.test(name))
    problems.push({ line: lineOf(names[0] ?? null), message: 'libvirt would take this name for a directory.' })
  const uuids = domain.children.filter((child) => child.name === 'uuid')
  if (uuids.length !== 1 || uuids[0]?.text.trim().toLowerCase().replaceAll('-', '') !== known.uuid.replaceAll('-', ''))
    problems.push({
      line: lineOf(uuids[0] ?? domain),
      message: `The UUID must stay ${known.uuid}: with another one this would be another VM.`,
    })
  if (!/^[a-z]{1,16}$/.test(valueOf(domain, 'type') ?? ''))
    problems.push({ line: lineOf(domain), message: 'The <domain> must have a type, kvm or qemu.' })
  if (pathTo(domain, 'os', 'type') === null)
    problems.push({ line: lineOf(pathTo(domain, 'os') ?? domain), message: 'The VM needs <os> with a <type>.' })
  return problems
}

const broken = ({ line, message }: XmlProblem): ForeignXmlProblem => ({ line, message })
