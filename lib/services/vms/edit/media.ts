import type * as z from 'zod'
import type { Actor } from '../../../access/can.ts'
import type { EditedVm, ejectMediaSchema, FieldOutcome, insertMediaSchema } from '../../../contract/vm-edit.ts'
import { update } from '../../../host/libvirt/devices.ts'
import { Problem } from '../../../kit/problem.ts'
import { diskByTarget, setMedia, type DiskSource } from '../../../vm/domain-edit-disk.ts'
import { XmlEditor } from '../../../vm/xml-editor.ts'
import { libvirtProblem } from '../../libvirt-problem.ts'
import { refuse } from '../../refuse.ts'
import type { FoundVm } from '../find.ts'
import { changeVm, readRunning, redefine } from './change-vm.ts'
import { resolveSource } from './disk-source.ts'
import { disksOf, noDisk } from './disks.ts'

/** Puts an image into a drive, now when the VM runs. @param target `sda` */
export async function insertMedia(
  actor: Actor,
  reference: string,
  target: string,
  { etag, source }: z.output<typeof insertMediaSchema>,
  now: () => Date,
): Promise<EditedVm> {
  await refuse(actor, 'vm.edit', { kind: 'vm', name: reference })
  const detail = { did: 'insert image', target }
  return changeVm(actor, reference, { etag, detail, now }, async (found) => {
    requireDrive(found, target)
    const { kind, path } = await resolveSource(found, source)
    return changeMedia(found, target, { kind, path }, false)
  })
}

/** Empties a drive. @param target `sda` */
export async function ejectMedia(
  actor: Actor,
  reference: string,
  target: string,
  { etag, force }: z.output<typeof ejectMediaSchema>,
  now: () => Date,
): Promise<EditedVm> {
  await refuse(actor, 'vm.edit', { kind: 'vm', name: reference })
  const detail = { did: 'eject image', target }
  return changeVm(actor, reference, { etag, detail, now }, async (found) => {
    requireDrive(found, target)
    return changeMedia(found, target, null, force)
  })
}

function requireDrive(found: FoundVm, target: string): void {
  const { defined, running } = disksOf(found, target)
  const disk = defined ?? running
  if (disk === null) throw noDisk(found, target)
  if (disk.device === 'cdrom' || disk.device === 'floppy') return
  throw new Problem({
    code: 'no-drive',
    kind: 'invalid',
    title: `${target} is a disk, not a drive: nothing can be inserted or ejected. Remove it, or add another disk.`,
  })
}

export async function changeMedia(
  found: FoundVm,
  target: string,
  source: DiskSource | null,
  force: boolean,
): Promise<FieldOutcome[]> {
  const { defined, running } = disksOf(found, target)
  const outcome: FieldOutcome = { field: 'source', when: 'next-start', message: null }
  if (running !== null) {
    await changeLive(found, target, source, force)
    outcome.when = 'now'
  }
  if (defined !== null) await redefine(found, (editor) => setMedia(editor, diskByTarget(target), source))
  return [outcome]
}

async function changeLive(found: FoundVm, target: string, source: DiskSource | null, force: boolean): Promise<void> {
  const running = await readRunning(found)
  const editor = running === null ? null : XmlEditor.open(running.xml)
  if (editor?.ok !== true || editor.value.at(diskByTarget(target)) === null) throw noDisk(found, target)
  setMedia(editor.value, diskByTarget(target), source)
  const disk = editor.value.at(diskByTarget(target))
  const done = await update(found.client, found.domain.ref, disk === null ? '' : editor.value.source(disk), force)
  if (!done.ok) {
    const isLocked = /locked|tray|is not open/i.test(done.error.title)
    if (!isLocked) throw libvirtProblem(done.error)
    throw new Problem({
      code: 'drive-locked',
      kind: 'conflict',
      title: 'The guest has locked its drive: it uses what is in it. Unmount it in the guest, or eject by force.',
    })
  }
  const after = (await readRunning(found))?.domain.disks.find((one) => one.target === target)
  if (after?.source === (source?.path ?? null)) return
  throw new Problem({
    code: 'media-unchanged',
    kind: 'conflict',
    title: 'libvirt said that it is done, but the drive has not changed. Try again, or by force.',
  })
}
