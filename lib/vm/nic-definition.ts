import { editNic, nicByMac, type NicManner } from './domain-edit-nic.ts'
import { moveWishedVlan, setWishedVlan } from './domain-metadata.ts'
import type { NicSettings } from './nic-settings.ts'
import type { XmlEditor } from './xml-editor.ts'

/** Brings a NIC of a definition to what is wanted. @param vlan that it shall have in the end, changed or not */
export function defineNic(
  editor: XmlEditor,
  mac: string,
  wanted: Partial<NicSettings>,
  vlan: NicSettings['vlan'],
  manner: NicManner,
): void {
  // On another bridge VLANs may have to stand elsewhere.
  const isVlanOpen = wanted.vlan !== undefined || wanted.source !== undefined
  if (isVlanOpen && !manner.nativeVlan) {
    editNic(editor, nicByMac(mac), { vlan: null }, { ...manner, nativeVlan: true })
    setWishedVlan(editor, mac, vlan)
  }
  if (isVlanOpen && manner.nativeVlan) setWishedVlan(editor, mac, null)
  const { mac: newMac, ...rest } = wanted
  editNic(editor, nicByMac(mac), isVlanOpen ? { ...rest, vlan } : rest, manner)
  if (newMac === undefined) return
  editNic(editor, nicByMac(mac), { mac: newMac }, manner)
  moveWishedVlan(editor, mac, newMac)
}
