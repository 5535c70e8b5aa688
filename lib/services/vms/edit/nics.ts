import type * as z from 'zod'
import type { Actor } from '../../../access/can.ts'
import type {
  AddedNic,
  EditedVm,
  editNicSchema,
  FieldOutcome,
  newNicSchema,
  removeNicQuery,
} from '../../../contract/vm-edit.ts'
import { attach, detach } from '../../../host/libvirt/devices.ts'
import { Problem } from '../../../kit/problem.ts'
import { addNic as addNicTo, newNicTree, nicByMac } from '../../../vm/domain-edit-nic.ts'
import { setWishedVlan } from '../../../vm/domain-metadata.ts'
import { checkNic } from '../../../vm/nic-check.ts'
import { changedFields, settingsOf, type NicSettings } from '../../../vm/nic-settings.ts'
import { writeXml } from '../../../vm/xml-write.ts'
import { libvirtProblem } from '../../libvirt-problem.ts'
import { refuse } from '../../refuse.ts'
import type { FoundVm } from '../find.ts'
import { changeVm, granted, readRunning, redefine, requirePersistent, requireRight } from './change-vm.ts'
import { mannerOf, readNicAround } from './nic-around.ts'
import { defineNic } from '../../../vm/nic-definition.ts'
import { changeLive, setLiveVlan, type Wanted } from './nic-live.ts'
import { replug } from './nic-replug.ts'
import { hasNic, unplug } from './nic-unplug.ts'

/** Plugs in a new NIC, now when the VM runs, and defines it. When it can't be plugged in nothing is defined. */
export async function addNic(
  actor: Actor,
  reference: string,
  asked: z.output<typeof newNicSchema>,
  now: () => Date,
): Promise<AddedNic> {
  await refuse(actor, 'vm.edit', { kind: 'vm', name: reference })
  const { etag, apply, ...rest } = asked
  let mac = rest.mac ?? ''
  const edited = await changeVm(actor, reference, { etag, detail: { did: 'add NIC' }, now }, async (found) => {
    requirePersistent(found, apply)
    const around = await readNicAround(found, null, now)
    if (mac === '') mac = around.newMac()
    const wanted: NicSettings = { ...rest, mac }
    requireRight(checkNic(wanted, around))
    const manner = mannerOf(wanted.source, around)
    const outcome: FieldOutcome = { field: 'nic', when: 'next-start', message: null }
    const isLive = found.domain.running !== null && apply !== 'next-start'
    const xml = writeXml(newNicTree(wanted, manner))
    if (isLive) {
      const plugged = await attach(found.client, found.domain.ref, xml)
      if (plugged.ok) outcome.when = 'now'
      else if (found.domain.persistent && isFull(plugged.error.title))
        outcome.message =
          'The VM has no free slot to plug it into while it runs, so it is there from the next start on. Add pcie-root-port controllers to keep slots free.'
      else throw libvirtProblem(plugged.error)
    }
    try {
      await redefine(found, (editor) => {
        addNicTo(editor, wanted, manner)
        if (wanted.vlan !== null && !manner.nativeVlan) setWishedVlan(editor, mac, wanted.vlan)
      })
    } catch (failure) {
      if (outcome.when === 'now') await detach(found.client, found.domain.ref, xml, hasNic(mac))
      throw failure
    }
    if (outcome.when === 'now') {
      const running = await readRunning(found)
      if (running?.domain.nics.some((nic) => nic.mac === mac) !== true) {
        outcome.when = 'next-start'
        outcome.message =
          'libvirt said that it is plugged in, but the VM does not have it. It is there from the next start on.'
      } else if (wanted.vlan !== null && !manner.nativeVlan) {
        const set = await setLiveVlan(found, mac, wanted.vlan)
        if (!set.ok) outcome.message = set.error
      }
    }
    return [outcome]
  })
  return { ...edited, mac }
}

const isFull = (title: string): boolean => /No more available PCI slots/i.test(title)

/** Changes a NIC: in its definition, and of what runs what can be changed now. @param address MAC */
export async function editNic(
  actor: Actor,
  reference: string,
  address: string,
  asked: z.output<typeof editNicSchema>,
  now: () => Date,
): Promise<EditedVm> {
  await refuse(actor, 'vm.edit', { kind: 'vm', name: reference })
  const mac = address.toLowerCase()
  const { etag, apply, ...rest } = asked
  const wanted = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)) as Wanted
  const detail = { did: 'edit NIC', mac, fields: Object.keys(wanted) }
  return changeVm(actor, reference, { etag, detail, now }, async (found) => {
    requirePersistent(found, apply)
    const { defined, running } = nicsOf(found, mac)
    const base = defined ?? running
    if (base === null) throw noNic(found, mac)
    const fields = changedFields(base, wanted)
    const around = await readNicAround(found, mac, now)
    const target = { ...settingsOf(base), ...wanted }
    requireRight(checkNic(target, around, fields))
    const manner = mannerOf(target.source, around)
    const toDefine = pick(wanted, fields)
    if (apply === 'replug' && running !== null) return replug(found, mac, toDefine, manner)
    if (defined !== null) await redefine(found, (editor) => defineNic(editor, mac, toDefine, target.vlan, manner))
    if (running === null || apply === 'next-start')
      return fields.map((field) => ({ field, when: 'next-start' as const, message: null }))
    return changeLive(found, mac, pick(wanted, changedFields(running, wanted)), manner, fields)
  })
}

const pick = (wanted: Wanted, fields: readonly (keyof NicSettings)[]): Wanted =>
  Object.fromEntries(Object.entries(wanted).filter(([field]) => (fields as readonly string[]).includes(field)))

const nicsOf = ({ domain }: FoundVm, mac: string) => ({
  // Without a definition what runs stands in its place.
  defined: domain.persistent ? (domain.defined.nics.find((nic) => nic.mac === mac) ?? null) : null,
  running: domain.running?.nics.find((nic) => nic.mac === mac) ?? null,
})

export const noNic = ({ domain }: FoundVm, mac: string): Problem =>
  new Problem({
    code: 'no-nic',
    kind: 'not-found',
    title: `${domain.defined.name} has no NIC with the MAC ${mac.slice(0, 40)}.`,
  })

/** Takes a NIC out, now when the VM runs and its guest lets go, and from the definition. @param address MAC */
export async function removeNic(
  actor: Actor,
  reference: string,
  address: string,
  { etag, apply }: z.output<typeof removeNicQuery>,
  now: () => Date,
): Promise<EditedVm> {
  await refuse(actor, 'vm.edit', { kind: 'vm', name: reference })
  const mac = address.toLowerCase()
  const detail = { did: 'remove NIC', mac }
  return changeVm(actor, reference, { etag: etag ?? null, detail, now }, async (found) => {
    requirePersistent(found, apply)
    const { defined, running } = nicsOf(found, mac)
    if (defined === null && running === null) throw noNic(found, mac)
    const outcome: FieldOutcome = { field: 'nic', when: 'next-start', message: null }
    if (running === null) outcome.when = found.domain.running === null ? 'next-start' : 'now'
    else if (apply === 'live') {
      const isOut = granted(await unplug(found, mac))
      outcome.when = isOut ? 'now' : 'next-start'
      if (!isOut)
        outcome.message =
          'The guest did not let the card go. It is gone from the next start on, or when the guest lets it go.'
    }
    if (defined !== null)
      await redefine(found, (editor) => {
        editor.remove(nicByMac(mac))
        setWishedVlan(editor, mac, null)
      })
    return [outcome]
  })
}
