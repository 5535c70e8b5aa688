import { metadataNamespace } from './domain.ts'
import type { NicVlan } from './nic-settings.ts'
import type { Locate, XmlEditor } from './xml-editor.ts'
import { localName, namespaceOf, pathTo, prefixOf, type XmlElement } from './xml-text.ts'
import { tree, type XmlTree } from './xml-write.ts'

/** What Drawbridge keeps in a domain's `<metadata>`, beside what other tools keep there. */

export const ownPrefix = 'drawbridge'

export const ownMetadata: Locate = (domain) =>
  pathTo(domain, 'metadata')?.children.find(
    (child) => namespaceOf(child, prefixOf(child.name)) === metadataNamespace,
  ) ?? null

const ownChild =
  (name: string): Locate =>
  (domain) =>
    ownMetadata(domain)?.children.find((child) => localName(child.name) === name) ?? null

/** As it is named there: another tool may have rewritten the prefix. */
const prefixed = (editor: XmlEditor, name: string): string => {
  const prefix = prefixOf(editor.at(ownMetadata)?.name ?? `${ownPrefix}:vm`)
  return prefix === '' ? name : `${prefix}:${name}`
}

function ensureOwn(editor: XmlEditor): void {
  if (editor.at(ownMetadata) !== null) return
  const root: Locate = (domain) => domain
  if (editor.at((domain) => pathTo(domain, 'metadata')) === null)
    editor.insert(root, tree('metadata', {}), ['name', 'uuid', 'genid', 'title', 'description'])
  editor.insert(
    (domain) => pathTo(domain, 'metadata'),
    tree(`${ownPrefix}:vm`, { [`xmlns:${ownPrefix}`]: metadataNamespace }),
  )
}

/** Null or an empty list removes it. */
function setOwn(editor: XmlEditor, name: string, content: string | XmlTree[] | null): void {
  const isEmpty = content === null || content.length === 0
  if (isEmpty) {
    editor.remove(ownChild(name))
    return
  }
  ensureOwn(editor)
  const wanted = tree(prefixed(editor, name), {}, content)
  if (editor.at(ownChild(name)) === null) editor.insert(ownMetadata, wanted)
  else editor.replace(ownChild(name), wanted)
}

export function setTags(editor: XmlEditor, tags: readonly string[]): void {
  const named = prefixed(editor, 'tag')
  setOwn(
    editor,
    'tags',
    tags.map((tag) => tree(named, {}, tag)),
  )
}
export const setOwner = (editor: XmlEditor, owner: string | null): void => setOwn(editor, 'owner', owner || null)

/** What a NIC's port on a Linux bridge shall carry, where libvirt does not see to it. */
export function setWishedVlan(editor: XmlEditor, mac: string, vlan: NicVlan | null): void {
  const there: Locate = (domain) =>
    ownChild('vlans')(domain)?.children.find((one) => attributeOf(one, 'mac') === mac) ?? null
  if (vlan === null) {
    editor.remove(there)
    if (editor.at(ownChild('vlans'))?.children.length === 0) editor.remove(ownChild('vlans'))
    return
  }
  const wanted = tree(
    prefixed(editor, 'vlan'),
    { mac, trunk: vlan.trunk || vlan.tags.length > 1 ? 'yes' : null },
    vlan.tags.map((id) => tree(prefixed(editor, 'tag'), { id, native: id === vlan.native ? 'yes' : null })),
  )
  if (editor.at(ownChild('vlans')) === null) setOwn(editor, 'vlans', [wanted])
  else if (editor.at(there) === null) editor.insert(ownChild('vlans'), wanted)
  else editor.replace(there, wanted)
}

export function moveWishedVlan(editor: XmlEditor, from: string, to: string): void {
  const there: Locate = (domain) =>
    ownChild('vlans')(domain)?.children.find((one) => attributeOf(one, 'mac') === from) ?? null
  if (editor.at(there) !== null) editor.setAttributes(there, { mac: to })
}

const attributeOf = (element: XmlElement, name: string): string | null =>
  element.attributes.find((attribute) => attribute.name === name)?.value.toLowerCase() ?? null

/** Ours without its prefix, as libvirt's call for metadata wants it; null when there is none. */
export function ownMetadataTree(domain: XmlElement): XmlTree | null {
  const own = ownMetadata(domain)
  return own === null ? null : plain(own)
}

const plain = (element: XmlElement): XmlTree =>
  tree(
    localName(element.name),
    Object.fromEntries(
      element.attributes.flatMap(({ name, value }) => (name.startsWith('xmlns') ? [] : [[name, value]])),
    ),
    element.children.length > 0 ? element.children.map(plain) : element.text,
  )
