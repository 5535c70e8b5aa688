import type * as z from 'zod'
import type { Actor } from '../../../access/can.ts'
import type {
  AddedDisk,
  EditedVm,
  editDiskSchema,
  FieldOutcome,
  newDiskSchema,
  removeDiskQuery,
} from '../../../contract/vm-edit.ts'
import { setLiveDiskLimits } from '../../../host/libvirt/device-calls.ts'
import { attach } from '../../../host/libvirt/devices.ts'
import { deleteVolume as deleteOnHost } from '../../../host/delete-volume.ts'
import { Problem } from '../../../kit/problem.ts'
import type { DomainDisk } from '../../../vm/domain.ts'
import {
  addDisk as addDiskTo,
  changedDiskFields,
  diskByTarget,
  editDisk as editDiskIn,
  ensureController,
  ensureIoThreads,
  freeTarget,
  limitParams,
  newDiskTree,
  type DiskField,
  type DiskSettings,
  type NewDiskSettings,
} from '../../../vm/domain-edit-disk.ts'
import { diskMoment } from '../../../vm/when-it-counts.ts'
import { writeXml } from '../../../vm/xml-write.ts'
import { libvirtProblem } from '../../libvirt-problem.ts'
import { refuse } from '../../refuse.ts'
import { refreshBoardBy } from '../board.ts'
import type { FoundVm } from '../find.ts'
import { changeVm, granted, readRunning, redefine, requirePersistent } from './change-vm.ts'
import { pathOf, resolveSource, usersOf, type ResolvedSource } from './disk-source.ts'
import { unplugDisk } from './disk-unplug.ts'
import { makeVolume } from './new-volume.ts'

const noLimits: DomainDisk['limits'] = {
  readBytesPerSecond: null,
  writeBytesPerSecond: null,
  readIops: null,
  writeIops: null,
}

const invalid = (field: string, message: string): Problem =>
  new Problem({ code: 'bad-vm', kind: 'invalid', title: message, fields: [{ field, message }] })

/** Makes a volume or file that exists, or an empty volume, a disk of the VM. What is on it is not touched. */
export async function addDisk(
  actor: Actor,
  reference: string,
  asked: z.output<typeof newDiskSchema>,
  now: () => Date,
): Promise<AddedDisk> {
  await refuse(actor, 'vm.edit', { kind: 'vm', name: reference })
  const { etag, apply, ...rest } = asked
  let target = ''
  const edited = await changeVm(actor, reference, { etag, detail: { did: 'add disk' }, now }, async (found) => {
    requirePersistent(found, apply)
    if (rest.device === 'disk' && rest.source === null) throw invalid('source', 'A disk needs a volume or file.')
    if (rest.device === 'cdrom' && rest.bus === 'virtio') throw invalid('bus', 'A CD drive is on sata, scsi or usb.')
    if (rest.device === 'cdrom' && rest.source?.kind === 'new') throw invalid('source', 'A CD drive takes what exists.')
    target = freeTarget(targetsOf(found), rest.bus)
    if (rest.source?.kind !== 'new') {
      const source = rest.source === null ? null : await resolveSource(found, rest.source)
      if (source !== null) await requireFree(found, source, rest.device === 'cdrom' || rest.readOnly, now)
      return [await become(found, source)]
    }
    await refuse(actor, 'storage.manage', { kind: 'host', name: found.host.name })
    const made = await makeVolume(found, rest.source, target)
    try {
      return [await become(found, made)]
    } catch (failure) {
      // A volume that the guest still has open is not taken from under it.
      const out = await unplugDisk(found, target)
      if (out.ok && out.value && made.volume !== null) await deleteOnHost(found, made.volume)
      throw failure
    }
  })
  return { ...edited, target }

  async function become(found: FoundVm, source: ResolvedSource | null): Promise<FieldOutcome> {
    const wanted: NewDiskSettings = {
      ...rest,
      target,
      source: source === null ? null : { kind: source.kind, path: source.path },
      format: formatOf(rest.device, rest.format, source),
      limits: rest.limits ?? noLimits,
    }
    const xml = writeXml(newDiskTree(wanted))
    const outcome: FieldOutcome = { field: 'disk', when: 'next-start', message: null }
    if (found.domain.running !== null && apply === 'live') {
      outcome.message = notPluggable(found, wanted)
      if (outcome.message === null) {
        const plugged = await attach(found.client, found.domain.ref, xml)
        if (plugged.ok) outcome.when = 'now'
        else if (/No more available PCI slots/i.test(plugged.error.title) && found.domain.persistent)
          outcome.message =
            'The VM has no free slot to plug it into while it runs, so it is there from the next start on. A disk on scsi needs no slot.'
        else throw libvirtProblem(plugged.error)
      }
    }
    try {
      await redefine(found, (editor) => {
        ensureController(editor, wanted.bus)
        if (wanted.ioThread !== null) ensureIoThreads(editor, wanted.ioThread)
        addDiskTo(editor, wanted)
      })
    } catch (failure) {
      if (outcome.when === 'now') await unplugDisk(found, target)
      throw failure
    }
    const running = outcome.when === 'now' ? await readRunning(found) : null
    if (outcome.when === 'now' && running?.domain.disks.some((disk) => disk.target === target) !== true) {
      outcome.when = 'next-start'
      outcome.message =
        'libvirt said that it is plugged in, but the VM does not have it. It is there from the next start on.'
    }
    return outcome
  }
}

const targetsOf = ({ domain }: FoundVm): string[] =>
  [...domain.defined.disks, ...(domain.running?.disks ?? [])].map(({ target }) => target)

function notPluggable({ domain }: FoundVm, { bus, device }: NewDiskSettings): string | null {
  if (bus === 'sata') return 'A sata disk can’t be plugged in while the VM runs; it is there from the next start on.'
  if (device === 'cdrom') return 'A drive can’t be plugged in while the VM runs; it is there from the next start on.'
  if (bus === 'scsi' && domain.runningXml?.includes("<controller type='scsi'") !== true)
    return 'The VM runs without a SCSI controller; it gets one, and the disk, with the next start.'
  return null
}

function formatOf(device: 'disk' | 'cdrom', asked: string | null, source: ResolvedSource | null): string {
  if (device === 'cdrom') return 'raw'
  const known = source?.format ?? null
  if (asked !== null && known !== null && asked !== known)
    throw invalid('format', `The volume is ${known}. Read as ${asked} its content would be nonsense to the guest.`)
  const format = asked ?? known
  if (format === null)
    throw invalid('format', 'Nobody says what format this file has. Say it: a wrong one shows the guest nonsense.')
  return format
}

/** Throws when another VM, or this one, has it already: two that write to one disk destroy it. */
async function requireFree(found: FoundVm, { path }: ResolvedSource, isRead: boolean, now: () => Date): Promise<void> {
  granted(await refreshBoardBy(found.host.id, found.client, now))
  const isOwn = [found.domain.defined, found.domain.running].some((state) =>
    state?.disks.some((disk) => disk.source === path),
  )
  if (isOwn) throw invalid('source', `${found.domain.defined.name} has ${path} as a disk already.`)
  const users = isRead ? [] : usersOf(found.host.id, path, found.domain.uuid)
  if (users.length > 0)
    throw invalid(
      'source',
      `${users.slice(0, 5).join(', ')} has ${path} as a disk. Two VMs that write to one disk destroy it; add it read-only, or copy it.`,
    )
}

/** Changes a disk's settings. @param target `vda` */
export async function editDisk(
  actor: Actor,
  reference: string,
  target: string,
  asked: z.output<typeof editDiskSchema>,
  now: () => Date,
): Promise<EditedVm> {
  await refuse(actor, 'vm.edit', { kind: 'vm', name: reference })
  const { etag, apply, ...rest } = asked
  const wanted = Object.fromEntries(
    Object.entries(rest).filter(([, value]) => value !== undefined),
  ) as Partial<DiskSettings>
  const detail = { did: 'edit disk', target, fields: Object.keys(wanted) }
  return changeVm(actor, reference, { etag, detail, now }, async (found) => {
    requirePersistent(found, apply)
    const { defined, running } = disksOf(found, target)
    const base = defined ?? running
    if (base === null) throw noDisk(found, target)
    const fields = changedDiskFields(base, wanted)
    if (base.device === 'cdrom' && wanted.bus === 'virtio') throw invalid('bus', 'A CD drive is on sata, scsi or usb.')
    if (base.device === 'cdrom' && wanted.readOnly === false) throw invalid('readOnly', 'A CD drive is read-only.')
    const isMoved = fields.includes('bus') && wanted.bus !== undefined
    const moved = isMoved ? freeTarget(targetsOf(found), wanted.bus ?? '') : null
    const toDefine = Object.fromEntries(
      Object.entries(wanted).filter(([field]) => (fields as string[]).includes(field)),
    ) as Partial<DiskSettings>
    if (defined !== null && fields.length > 0)
      await redefine(found, (editor) => {
        if (wanted.bus !== undefined) ensureController(editor, wanted.bus)
        if (typeof wanted.ioThread === 'number') ensureIoThreads(editor, wanted.ioThread)
        editDiskIn(editor, diskByTarget(target), toDefine, moved)
      })
    return liveOutcome(found, { target, fields, wanted, isLive: running !== null && apply === 'live' })
  })
}

async function liveOutcome(
  found: FoundVm,
  edit: { target: string; fields: DiskField[]; wanted: Partial<DiskSettings>; isLive: boolean },
): Promise<FieldOutcome[]> {
  const { target, fields, wanted, isLive } = edit
  const outcome: FieldOutcome[] = []
  for (const field of fields) {
    const moment = diskMoment(field)
    if (!isLive || !moment.live || wanted.limits === undefined) {
      outcome.push({ field, when: 'next-start', message: isLive ? moment.message : null })
      continue
    }
    const params = limitParams(wanted.limits).map(({ name, value }) => [name, value] as const)
    const set = await found.client.call(setLiveDiskLimits(found.domain.ref, target, params))
    const after = (await readRunning(found))?.domain.disks.find((disk) => disk.target === target)
    const isSo = set.ok && after !== undefined && changedDiskFields(after, { limits: wanted.limits }).length === 0
    outcome.push({
      field,
      when: isSo ? 'now' : 'next-start',
      message: isSo ? null : set.ok ? 'libvirt said that it is done, but it is not so.' : set.error.title,
    })
  }
  return outcome
}

export const disksOf = ({ domain }: FoundVm, target: string) => ({
  defined: domain.persistent ? (domain.defined.disks.find((disk) => disk.target === target) ?? null) : null,
  running: domain.running?.disks.find((disk) => disk.target === target) ?? null,
})

export const noDisk = ({ domain }: FoundVm, target: string): Problem =>
  new Problem({
    code: 'no-disk',
    kind: 'not-found',
    title: `${domain.defined.name} has no disk ${target.slice(0, 32)}.`,
  })

/** Takes a disk away; its volume is deleted only when it is named by its own source, and no other VM has it. */
export async function removeDisk(
  actor: Actor,
  reference: string,
  target: string,
  { etag, apply, deleteVolume }: z.output<typeof removeDiskQuery>,
  now: () => Date,
): Promise<EditedVm> {
  await refuse(actor, 'vm.edit', { kind: 'vm', name: reference })
  const detail = { did: 'remove disk', target, ...(deleteVolume === undefined ? {} : { deleteVolume }) }
  return changeVm(actor, reference, { etag: etag ?? null, detail, now }, async (found) => {
    requirePersistent(found, apply)
    const { defined, running } = disksOf(found, target)
    const disk = defined ?? running
    if (disk === null) throw noDisk(found, target)
    // Looked at before anything is taken away.
    const doomed = deleteVolume === undefined ? null : await doomedVolume(found, disk, deleteVolume, now)
    if (doomed !== null && running !== null && apply !== 'live')
      throw invalid('deleteVolume', 'The VM writes to it until it stops. Take it out now, or delete it afterwards.')
    const outcome: FieldOutcome = { field: 'disk', when: 'next-start', message: null }
    if (running !== null && apply === 'live') {
      const out = await unplugDisk(found, target)
      if (!out.ok && doomed !== null) throw libvirtProblem(out.error)
      const isOut = out.ok && out.value
      outcome.when = isOut ? 'now' : 'next-start'
      if (!isOut)
        outcome.message = out.ok
          ? 'The guest did not let the disk go. It is gone from the next start on.'
          : `It can’t be taken out while the VM runs; it is gone from the next start on. ${out.error.title}`
      if (!isOut && doomed !== null)
        throw new Problem({ code: 'not-let-go', kind: 'conflict', title: outcome.message ?? '' })
    }
    if (defined !== null) await redefine(found, (editor) => editor.remove(diskByTarget(target)))
    const told = [outcome]
    if (doomed?.volume !== null && doomed?.volume !== undefined) {
      granted(await deleteOnHost(found, doomed.volume))
      told.push({ field: 'deleteVolume', when: 'now', message: null })
    }
    return told
  })
}

async function doomedVolume(found: FoundVm, disk: DomainDisk, named: string, now: () => Date): Promise<ResolvedSource> {
  if (disk.source === null || named !== disk.source)
    throw invalid(
      'deleteVolume',
      `To delete what is on ${disk.target}, name it as it is: ${disk.source ?? 'it is empty'}.`,
    )
  granted(await refreshBoardBy(found.host.id, found.client, now))
  const path = await pathOf(found, disk.source, disk.pool, disk.volume)
  const kind = disk.sourceKind === 'block' ? 'block' : 'file'
  const source = await resolveSource(found, { kind, path })
  if (source.volume === null)
    throw invalid('deleteVolume', `${path} is in no storage pool of the host, so Drawbridge does not delete it.`)
  const users = usersOf(found.host.id, path, found.domain.uuid)
  if (users.length > 0)
    throw invalid('deleteVolume', `${users.slice(0, 5).join(', ')} has ${path} as a disk, or its disk lies over it.`)
  return source
}
