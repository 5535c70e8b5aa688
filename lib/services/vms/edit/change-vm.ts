import type { Actor } from '../../../access/can.ts'
import type { EditedVm, FieldOutcome } from '../../../contract/vm-edit.ts'
import { define, definitionWithSecrets, runningXml } from '../../../host/libvirt/devices.ts'
import { once } from '../../../kit/once.ts'
import { type FieldError, Problem } from '../../../kit/problem.ts'
import type { Result } from '../../../kit/result.ts'
import type { LibvirtFailure } from '../../../host/libvirt/failure.ts'
import type { Domain } from '../../../vm/domain.ts'
import { editXml } from '../../../vm/domain-edit.ts'
import { readDomain } from '../../../vm/domain-read.ts'
import { diffLines } from '../../../vm/line-diff.ts'
import { pendingOf } from '../../../vm/pending.ts'
import type { XmlEditor } from '../../../vm/xml-editor.ts'
import { libvirtProblem } from '../../libvirt-problem.ts'
import { audited } from '../../refuse.ts'
import { addressesOf } from '../addresses.ts'
import { refreshBoardBy } from '../board.ts'
import { definitionSeen } from '../definitions-seen.ts'
import { findVm, vmTargetOf, type FoundVm } from '../find.ts'
import { presentVmDetail } from '../present.ts'

/** The value, or the problem thrown. */
export function granted<T>(answer: Result<T, LibvirtFailure>): T {
  if (!answer.ok) throw libvirtProblem(answer.error)
  return answer.value
}

/** Throws the first of them, with all of them as fields. */
export function requireRight(errors: readonly FieldError[]): void {
  const [first] = errors
  if (first === undefined) return
  throw new Problem({ code: 'bad-vm', kind: 'invalid', title: first.message, fields: [...errors] })
}

type Work = (found: FoundVm) => Promise<FieldOutcome[]>

/** Does it, audited, one edit of a VM at a time, and tells how the VM is afterwards. */
export function changeVm(
  actor: Actor,
  reference: string,
  { etag, detail, now }: { etag: string | null; detail: Record<string, unknown>; now: () => Date },
  work: Work,
): Promise<EditedVm> {
  return audited(actor, 'vm.edit', { kind: 'vm', name: reference }, async (note) => {
    const { domain, host } = await findVm(reference, now)
    note({ target: vmTargetOf({ host, domain }), detail })
    return inTurn(domain.uuid, async () => {
      // Read again: an edit that was before us in the queue has moved it.
      const found = await findVm(`${host.name}:${domain.uuid}`, now)
      requireSame(found, etag)
      const outcome = await work(found)
      await refreshBoardBy(host.id, found.client, now)
      const after = await findVm(`${host.name}:${domain.uuid}`, now)
      return { vm: presentVmDetail(after.host, after.domain, addressesOf(host.id, after.domain), now()), outcome }
    })
  })
}

/** Edits read, change and write the whole definition: two at once would lose one. */
async function inTurn<T>(uuid: string, work: () => Promise<T>): Promise<T> {
  const turns = once('vm-edit-turns', () => new Map<string, Promise<unknown>>())
  const before = turns.get(uuid) ?? Promise.resolve()
  const mine = before.then(work, work)
  turns.set(uuid, mine)
  try {
    return await mine
  } finally {
    if (turns.get(uuid) === mine) turns.delete(uuid)
  }
}

function requireSame({ domain }: FoundVm, etag: string | null | undefined): void {
  if (etag === null || etag === undefined || etag === domain.etag) return
  const before = definitionSeen(etag)
  const parsed = before === null ? null : readDomain(before)
  const moved = parsed?.ok === true ? movedOf(parsed.value, domain.defined) : []
  const what = moved.length === 0 ? '' : ` What moved: ${moved.join(', ')}.`
  throw new Problem({
    code: 'vm-changed',
    kind: 'conflict',
    title: `${domain.defined.name} was changed by somebody else meanwhile.${what} Look at it again, then change it.`,
    extra: {
      etag: domain.etag,
      moved,
      diff: before === null ? [] : diffLines(before, domain.definitionXml).slice(0, 200),
    },
  })
}

function movedOf(before: Domain, now: Domain): string[] {
  const told = pendingOf(before, now)
  const more = (['title', 'notes', 'tags', 'owner'] as const).filter(
    (field) => JSON.stringify(before[field]) !== JSON.stringify(now[field]),
  )
  return [...told, ...more]
}

/**
 * Changes a definition and stores it; nothing is done when it stays the same. libvirt drops what it does not know in
 * silence, so whoever asked looks at what is defined afterwards.
 */
export async function redefine({ client, domain }: FoundVm, edit: (editor: XmlEditor) => void): Promise<void> {
  if (!domain.persistent) return
  const before = granted(await definitionWithSecrets(client, domain.ref))
  const edited = editXml(before, edit)
  if (!edited.ok) throw new Problem({ code: 'bad-xml', kind: 'conflict', title: edited.error })
  if (edited.value !== before) granted(await define(client, edited.value))
}

/** What runs, as it is now; null while it does not. */
export async function readRunning({ client, domain }: FoundVm): Promise<{ xml: string; domain: Domain } | null> {
  if (domain.running === null) return null
  const xml = granted(await runningXml(client, domain.ref))
  const parsed = readDomain(xml)
  if (!parsed.ok) throw new Problem({ code: 'bad-xml', kind: 'conflict', title: parsed.error })
  return { xml, domain: parsed.value }
}

/** Of a VM without a definition there is no next start. */
export function requirePersistent({ domain }: FoundVm, apply: string): void {
  if (domain.persistent || apply !== 'next-start') return
  throw new Problem({
    code: 'vm-transient',
    kind: 'conflict',
    title: `${domain.defined.name} has no definition: it is gone when it stops. Only what can change while it runs can be edited.`,
  })
}
