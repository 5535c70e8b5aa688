import type { FieldOutcome } from '../../../contract/vm-edit.ts'
import { setLiveMetadata } from '../../../host/libvirt/device-calls.ts'
import { update } from '../../../host/libvirt/devices.ts'
import type { LibvirtFailure } from '../../../host/libvirt/failure.ts'
import { err, ok, type Result } from '../../../kit/result.ts'
import { metadataNamespace } from '../../../vm/domain.ts'
import { editNic, nicByMac, type NicManner } from '../../../vm/domain-edit-nic.ts'
import { ownMetadataTree, ownPrefix, setWishedVlan } from '../../../vm/domain-metadata.ts'
import { changedFields, type NicField, type NicSettings, type NicVlan } from '../../../vm/nic-settings.ts'
import { nicMoment } from '../../../vm/when-it-counts.ts'
import { XmlEditor } from '../../../vm/xml-editor.ts'
import { writeXml } from '../../../vm/xml-write.ts'
import type { FoundVm } from '../find.ts'
import { setTapVlans } from '../vlan-keeper.ts'
import { readRunning } from './change-vm.ts'

export type Wanted = Partial<NicSettings>

const isRate = (field: NicField): boolean => field === 'inbound' || field === 'outbound'

/**
 * Changes what can be changed of a NIC that runs, from the live XML and one thing at a time, and looks whether it is so.
 * @param wanted what is otherwise than what runs
 * @param fields of which the outcome is told
 */
export async function changeLive(
  found: FoundVm,
  mac: string,
  wanted: Wanted,
  manner: NicManner,
  fields: readonly NicField[],
): Promise<FieldOutcome[]> {
  const nic = found.domain.running?.nics.find((one) => one.mac === mac)
  if (nic === undefined) return fields.map((field) => ({ field, when: 'next-start', message: null }))
  const failures = new Map<NicField, string>()
  const now = (Object.keys(wanted) as NicField[]).filter((field) => nicMoment(field, nic, wanted).live)
  const byPort = now.includes('vlan') && !manner.nativeVlan
  const rates = now.filter(isRate)
  const rest = now.filter((field) => !isRate(field) && !(field === 'vlan' && byPort))
  // Rates apart: a kernel that can't limit must not keep the cable plugged in.
  for (const group of [rest, rates]) {
    if (group.length === 0) continue
    const done = await updateNic(found, mac, only(wanted, group), manner)
    if (!done.ok)
      for (const field of group) failures.set(field, isRate(field) ? rateFailure(done.error) : done.error.title)
  }
  if (byPort) {
    const set = await setLiveVlan(found, mac, wanted.vlan ?? null)
    if (!set.ok) failures.set('vlan', set.error)
  }
  const running = await readRunning(found)
  const after = running?.domain.nics.find((one) => one.mac === mac)
  const open = new Set(after === undefined ? fields : changedFields(after, wanted))
  return fields.map((field): FieldOutcome => {
    const moment = nicMoment(field, nic, wanted)
    if (!moment.live)
      return { field, when: open.has(field) ? 'next-start' : 'now', message: open.has(field) ? moment.message : null }
    if (!open.has(field) && !failures.has(field)) return { field, when: 'now', message: null }
    return {
      field,
      when: 'next-start',
      message:
        failures.get(field) ?? 'libvirt said that it is done, but it is not so. It counts from the next start on.',
    }
  })
}

const rateFailure = ({ title }: LibvirtFailure): string =>
  `The host could not limit the rate; its kernel may lack the queueing disciplines htb and sfq. ${title}`

const only = (wanted: Wanted, fields: readonly NicField[]): Wanted =>
  Object.fromEntries(Object.entries(wanted).filter(([field]) => fields.includes(field as NicField)))

async function updateNic(
  found: FoundVm,
  mac: string,
  wanted: Wanted,
  manner: NicManner,
): Promise<Result<void, LibvirtFailure>> {
  const running = await readRunning(found)
  const editor = running === null ? null : XmlEditor.open(running.xml)
  if (editor?.ok !== true || editor.value.at(nicByMac(mac)) === null)
    return err({ code: 'absent', title: 'The VM does not run with this NIC any more.' })
  editNic(editor.value, nicByMac(mac), wanted, manner)
  const nic = editor.value.at(nicByMac(mac))
  return nic === null ? ok(undefined) : update(found.client, found.domain.ref, editor.value.source(nic))
}

/** VLANs of a NIC on a Linux bridge: noted in what runs, so that they are kept, and set on its port. */
export async function setLiveVlan(found: FoundVm, mac: string, vlan: NicVlan | null): Promise<Result<void>> {
  const noted = await editLiveMetadata(found, (editor) => setWishedVlan(editor, mac, vlan))
  if (!noted.ok) return noted
  const running = await readRunning(found)
  const tap = running?.domain.nics.find((one) => one.mac === mac)?.tap ?? null
  return tap === null ? err('The NIC has no port on a bridge.') : setTapVlans(found.session, tap, vlan)
}

/** Ours in the metadata of what runs. Errors: a sentence. */
export async function editLiveMetadata(found: FoundVm, edit: (editor: XmlEditor) => void): Promise<Result<void>> {
  const running = await readRunning(found)
  const editor = running === null ? null : XmlEditor.open(running.xml)
  if (editor?.ok !== true) return err('The VM does not run any more.')
  const before = editor.value.text
  edit(editor.value)
  if (editor.value.text === before) return ok(undefined)
  const tree = ownMetadataTree(editor.value.root)
  const set = await found.client.call(
    setLiveMetadata(found.domain.ref, 'element', tree === null ? null : writeXml(tree), {
      prefix: ownPrefix,
      uri: metadataNamespace,
    }),
  )
  return set.ok ? ok(undefined) : err(set.error.title)
}
