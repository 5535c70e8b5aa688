import type { FieldOutcome } from '../../../contract/vm-edit.ts'
import { attach } from '../../../host/libvirt/devices.ts'
import { Problem } from '../../../kit/problem.ts'
import { editNic, nicByMac, type NicManner } from '../../../vm/domain-edit-nic.ts'
import { changedFields, type NicField, type NicSettings } from '../../../vm/nic-settings.ts'
import { type Locate, XmlEditor } from '../../../vm/xml-editor.ts'
import { pathTo } from '../../../vm/xml-text.ts'
import type { FoundVm } from '../find.ts'
import { granted, readRunning, redefine } from './change-vm.ts'
import { defineNic } from '../../../vm/nic-definition.ts'
import { setLiveVlan } from './nic-live.ts'
import { unplug } from './nic-unplug.ts'

/**
 * Takes a NIC out of the running VM and puts it back in as it shall be. When the guest does not let go, or the new one
 * does not go in, it is as before.
 */
export async function replug(
  found: FoundVm,
  mac: string,
  wanted: Partial<NicSettings>,
  manner: NicManner,
): Promise<FieldOutcome[]> {
  const { client, domain } = found
  const running = await readRunning(found)
  const opened = running === null ? null : XmlEditor.open(running.xml)
  const before = running?.domain.nics.find((nic) => nic.mac === mac)
  if (opened?.ok !== true || before === undefined) throw lost()
  const editor = opened.value
  // libvirt's own names for the card and its tap; new ones are given.
  const child =
    (name: string): Locate =>
    (root) =>
      pathTo(nicByMac(mac)(root), name)
  if (before.alias?.startsWith('ua-') !== true) editor.remove(child('alias'))
  if (before.tap?.startsWith('vnet') === true) editor.remove(child('target'))
  const sourceOf = (address: string) => {
    const nic = editor.at(nicByMac(address))
    if (nic === null) throw lost()
    return editor.source(nic)
  }
  const oldXml = sourceOf(mac)
  const { vlan, ...rest } = wanted
  editNic(editor, nicByMac(mac), manner.nativeVlan && vlan !== undefined ? wanted : rest, manner)
  const newMac = wanted.mac ?? mac
  const newXml = sourceOf(newMac)
  if (!granted(await unplug(found, mac)))
    throw new Problem({
      code: 'not-let-go',
      kind: 'conflict',
      title: `The guest of ${domain.defined.name} did not let the card go, so nothing was changed. Change it for the next start instead.`,
    })
  const plugged = await attach(client, domain.ref, newXml)
  if (!plugged.ok) {
    const back = await attach(client, domain.ref, oldXml)
    throw new Problem({
      code: 'not-plugged-in',
      kind: 'conflict',
      title: back.ok
        ? `The card could not be plugged in so, and is back as it was. ${plugged.error.title}`
        : `The card could not be plugged in, neither so nor as before; it is there again from the next start on. ${plugged.error.title}`,
    })
  }
  const wished = vlan === undefined ? before.vlan : vlan
  await redefine(found, (definition) => {
    if (definition.at(nicByMac(mac)) !== null) defineNic(definition, mac, wanted, wished, manner)
  })
  if (wished !== null && !manner.nativeVlan) await setLiveVlan(found, newMac, wished)
  const fields = Object.keys(wanted) as NicField[]
  const after = (await readRunning(found))?.domain.nics.find((nic) => nic.mac === newMac)
  const open = new Set(after === undefined ? fields : changedFields(after, wanted))
  return fields.map((field) => ({
    field,
    when: open.has(field) ? 'next-start' : 'now',
    message: open.has(field) ? 'The card is in again, but this is not so. It counts from the next start on.' : null,
  }))
}

const lost = (): Problem =>
  new Problem({ code: 'no-nic', kind: 'conflict', title: 'The VM does not run with this NIC any more.' })
