import type * as z from 'zod'
import type { Actor } from '../../../access/can.ts'
import type {
  CheckedDefinition,
  FieldOutcome,
  putDefinitionSchema,
  StoredDefinition,
  VmDefinition,
} from '../../../contract/vm-edit.ts'
import { define, definitionWithSecrets } from '../../../host/libvirt/devices.ts'
import { checkBySchema } from '../../../host/schema-check.ts'
import { Problem } from '../../../kit/problem.ts'
import { withSecrets } from '../../../vm/definition-secrets.ts'
import { checkForeignXml } from '../../../vm/foreign-xml.ts'
import { diffLines } from '../../../vm/line-diff.ts'
import { libvirtProblem } from '../../libvirt-problem.ts'
import { refuse } from '../../refuse.ts'
import { findVm, type FoundVm } from '../find.ts'
import { changeVm, granted } from './change-vm.ts'

/** The XML of a VM as it may be shown. */
export async function getDefinition(actor: Actor, reference: string, now: () => Date): Promise<VmDefinition> {
  await refuse(actor, 'vm.read')
  const { domain } = await findVm(reference, now)
  const { definitionXml, runningXml, etag } = domain
  return {
    xml: definitionXml,
    etag,
    runningXml,
    pending: runningXml === null ? [] : diffLines(runningXml, definitionXml),
  }
}

/** Stores a definition that a person edited; it counts from the next start on. */
export async function putDefinition(
  actor: Actor,
  reference: string,
  { xml, etag, validate }: z.output<typeof putDefinitionSchema>,
  now: () => Date,
): Promise<StoredDefinition> {
  await refuse(actor, 'vm.edit', { kind: 'vm', name: reference })
  let before = ''
  const detail = { did: 'edit XML', validate }
  const edited = await changeVm(actor, reference, { etag, detail, now }, async (found) => {
    const { client, domain } = found
    requirePersistent(found)
    before = domain.definitionXml
    const [problem, ...more] = checkForeignXml(xml, { uuid: domain.uuid, name: domain.ref.name })
    if (problem !== undefined)
      throw new Problem({
        code: 'bad-xml',
        kind: 'invalid',
        title: problem.line === null ? problem.message : `Line ${problem.line}: ${problem.message}`,
        fields: [problem, ...more].map(({ message }) => ({ field: 'xml', message })),
        extra: { lines: [problem, ...more].map(({ line }) => line) },
      })
    const secret = granted(await definitionWithSecrets(client, domain.ref))
    const stored = await define(client, withSecrets(xml, secret), validate)
    if (!stored.ok && stored.error.code === 'libvirt')
      throw new Problem({
        code: 'bad-xml',
        kind: 'invalid',
        title: stored.error.title,
        fields: [{ field: 'xml', message: stored.error.title }],
      })
    if (!stored.ok) throw libvirtProblem(stored.error)
    const outcome: FieldOutcome = { field: 'xml', when: 'next-start', message: null }
    return [outcome]
  })
  return { ...edited, diff: diffLines(before, edited.vm.xml.defined) }
}

function requirePersistent({ domain }: FoundVm): void {
  if (domain.persistent) return
  throw new Problem({
    code: 'vm-transient',
    kind: 'conflict',
    title: `${domain.defined.name} has no definition: it is gone when it stops.`,
  })
}

/** What is wrong with a definition, and what it would change, without storing it. */
export async function checkDefinition(
  actor: Actor,
  reference: string,
  xml: string,
  now: () => Date,
): Promise<CheckedDefinition> {
  await refuse(actor, 'vm.read')
  const { domain, session } = await findVm(reference, now)
  const errors = checkForeignXml(xml, { uuid: domain.uuid, name: domain.ref.name })
  const bySchema = errors.length > 0 ? null : await checkBySchema(session, xml)
  return {
    errors: [...errors, ...(bySchema ?? [])],
    schemaChecked: bySchema !== null,
    diff: diffLines(domain.definitionXml, xml),
  }
}
