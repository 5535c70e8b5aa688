import { randomBytes, randomUUID } from 'node:crypto'
import type { Actor } from '../../../access/can.ts'
import type { AskedVm, HostChoices, VmPlan } from '../../../contract/vm-create.ts'
import { imageInfo } from '../../../host/image-files.ts'
import { listHosts, type HostRow } from '../../../store/hosts.ts'
import { bestFit, type Fit } from '../../../vm/best-fit.ts'
import { buildSeed, type SeedDocuments } from '../../../vm/cloud-init.ts'
import { type MadePlan, planVm, presentPlan } from '../../../vm/create-plan.ts'
import type { ImportFacts } from '../../../vm/disk-plan.ts'
import { imageFormats, readImageInfo } from '../../../vm/image-file.ts'
import { isoImage } from '../../../vm/iso9660.ts'
import { pathRefusal } from '../../../vm/pool.ts'
import { resolveSpec, type VmSpec } from '../../../vm/spec.ts'
import { Problem } from '../../../kit/problem.ts'
import { findHost } from '../../hosts/find.ts'
import { sessionOf } from '../../hosts/target.ts'
import { presetOf, specOf } from '../../presets/presets.ts'
import { refuse } from '../../refuse.ts'
import { boardOf } from '../board.ts'
import { choicesOrReason, readChoices } from './choices.ts'
import { readInventory } from '../inventory.ts'
import { hashOfPassword } from './password-hash.ts'

/** A VM that was asked for, on the host where it would be made. */
export interface WantedVm {
  uuid: string
  name: string
  spec: VmSpec
  preset: string | null
  passwordHash: string | null
  /** Null: no host can be asked, or none fits; then `made` is of the one that came nearest. */
  host: HostRow | null
  fit: Fit
  choices: HostChoices
  made: MadePlan
}

export const seedLabel = 'cidata'
export const seedFiles = ({ metaData, userData, networkConfig }: SeedDocuments) => [
  { name: 'meta-data', content: metaData },
  { name: 'network-config', content: networkConfig },
  { name: 'user-data', content: userData },
]

/** What `POST /vms` would do, and what speaks against it. Changes nothing. */
export async function planNewVm(actor: Actor, asked: AskedVm, now: () => Date): Promise<VmPlan> {
  await refuse(actor, 'vm.create', { kind: 'vm', name: asked.name })
  const wanted = await wantVm(asked, now)
  return presentWanted(wanted)
}

function presentWanted(wanted: WantedVm): VmPlan {
  const { host, fit, made } = wanted
  const shown = wanted.passwordHash === null ? null : '********'
  return presentPlan(wanted, made, {
    host: host === null || fit.best === null ? null : { id: host.id, name: host.name, reason: fit.best.reason },
    candidates: fit.ranked,
    documents: seedOf({ ...wanted, passwordHash: shown }),
  })
}

/** The guest's first documents, or null when it gets none. */
export function seedOf({
  name,
  uuid,
  spec,
  made,
  passwordHash,
}: Pick<WantedVm, 'name' | 'uuid' | 'spec' | 'made' | 'passwordHash'>): SeedDocuments | null {
  if (spec.cloudInit === null) return null
  const macs = made.nics.map(({ mac }) => mac)
  return buildSeed(spec.cloudInit, { name, instanceId: uuid, macs, passwordHash })
}

/** Reads what each host in question offers, plans on each, and takes the best. */
export async function wantVm(asked: AskedVm, now: () => Date): Promise<WantedVm> {
  const preset = asked.preset === null ? null : await presetOf(asked.preset)
  const { name, host: reference, preset: _, ...fields } = asked
  const spec = resolveSpec(fields, preset === null ? null : specOf(preset))
  const password = asked.cloudInit?.password ?? null
  const all = await listHosts()
  const named = reference === null ? null : await findHost(reference)
  const hosts = named === null ? all : [named]
  const common = {
    uuid: randomUUID(),
    name,
    spec,
    preset: preset?.name ?? null,
    passwordHash: hashOfPassword(password),
  }
  const asks = await Promise.all(
    hosts.map(async (host) =>
      // One that was named and can't be asked says why itself.
      named === null ? choicesOrReason(host, now) : { host, choices: await readChoices(host, now), reason: null },
    ),
  )
  const inventory = await readInventory(all)
  const planned = await Promise.all(
    asks.map(async ({ host, choices, reason }) => {
      if (choices === null) return { host, choices, reason, made: null }
      const imports = await readImports(host, spec)
      const input = { ...common, choices, inventory, imports, random: () => randomBytes(3) }
      // Its size does not depend on which MACs there are, so it is written with any.
      const made = planVm({ ...input, seedBytes: spec.cloudInit === null ? null : 0 })
      const documents = seedOf({ ...common, made })
      const seedBytes = documents === null ? null : isoImage(seedLabel, seedFiles(documents)).length
      const seed = made.disks.find(({ from }) => from === 'seed')
      if (seed?.work !== undefined && seed.work !== null) seed.work.capacityBytes = seedBytes ?? 0
      if (seed !== undefined) seed.sizeBytes = seedBytes
      return { host, choices, reason: made.refusals[0]?.message ?? null, made }
    }),
  )
  const fit = bestFit(
    planned.map(({ host, choices, reason }) => ({
      id: host.id,
      name: host.name,
      refusal: reason,
      isKvmUsable: choices?.kvm.usable === true,
      availableMemoryBytes: choices?.availableMemoryBytes ?? null,
      load: loadOf(host, choices),
    })),
  )
  const best = planned.find(
    ({ host }) =>
      host.id ===
      (fit.best?.id ?? fit.ranked.find(({ id }) => planned.some((one) => one.host.id === id && one.made !== null))?.id),
  )
  if (best?.made === undefined || best.made === null || best.choices === null)
    throw noHost(planned.map(({ host, reason }) => ({ host, reason })))
  return { ...common, fit, host: fit.best === null ? null : best.host, choices: best.choices, made: best.made }
}

function noHost(asked: { host: HostRow; reason: string | null }[]): Problem {
  const [first] = asked
  const title =
    first === undefined
      ? 'There is no host yet. Add one first.'
      : `No host can be asked. ${asked.map(({ host, reason }) => `${host.name}: ${reason ?? 'it does not answer.'}`).join(' ')}`
  return new Problem({ code: 'no-host-answers', kind: 'unreachable', title: title.slice(0, 500) })
}

function loadOf(host: HostRow, choices: HostChoices | null): number {
  const used = (boardOf(host.id)?.domains ?? []).reduce((sum, { running }) => sum + (running?.vcpus ?? 0), 0)
  return used / Math.max(1, choices?.threads ?? 1)
}

/** What the files to be imported say of themselves. */
export async function readImports(host: HostRow, spec: Pick<VmSpec, 'disks'>): Promise<Map<string, ImportFacts>> {
  const found = new Map<string, ImportFacts>()
  const paths = spec.disks.flatMap((disk) => (disk.from === 'import' ? [disk.path] : []))
  if (paths.length === 0) return found
  const session = await sessionOf(host)
  for (const path of new Set(paths)) {
    const refusal = pathRefusal(path)
    if (refusal !== null) {
      found.set(path, { ok: false, error: refusal })
      continue
    }
    const seen = await imageInfo(session, path)
    if (!seen.ok) {
      const { code, said } = seen.error
      found.set(path, {
        ok: false,
        error: code === 'absent' ? `${host.name} has no file ${path}.` : `${path} can’t be read. ${said}`,
      })
      continue
    }
    const info = readImageInfo(seen.value, path, imageFormats)
    found.set(
      path,
      info.ok
        ? {
            ok: true,
            format: info.value.format,
            virtualBytes: info.value.virtualBytes,
            actualBytes: actualBytesOf(seen.value),
          }
        : { ok: false, error: info.error },
    )
  }
  return found
}

function actualBytesOf(json: string): number {
  const { 'actual-size': bytes } = JSON.parse(json) as { 'actual-size'?: unknown }
  return typeof bytes === 'number' ? bytes : 0
}
