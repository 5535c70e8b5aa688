import type * as z from 'zod'
import type { newVolumeSourceSchema } from '../../../contract/vm-edit.ts'
import { createVolume, readPools, removeVolume } from '../../../host/libvirt/pools.ts'
import { volumeXml } from '../../../host/libvirt/storage-calls.ts'
import { Problem } from '../../../kit/problem.ts'
import { isFilePool, parsePool } from '../../../vm/pool.ts'
import { buildVolumeXml, capacityRefusal, parseVolume, volumeNameOf, volumeNameRefusal } from '../../../vm/volume.ts'
import type { FoundVm } from '../find.ts'
import { granted } from './change-vm.ts'
import type { ResolvedSource } from './disk-source.ts'

const invalid = (field: string, message: string): Problem =>
  new Problem({ code: 'bad-vm', kind: 'invalid', title: message, fields: [{ field, message }] })

/** Makes an empty volume for a VM's disk. One of that name is never touched. @param target `vdb` */
export async function makeVolume(
  { client, domain }: FoundVm,
  { pool: name, volume, sizeBytes, format }: z.output<typeof newVolumeSourceSchema>,
  target: string,
): Promise<ResolvedSource> {
  const pool = granted(await readPools(client)).find(({ ref }) => ref.name === name)
  if (pool === undefined) throw invalid('source.pool', `The host has no storage pool ${name}.`)
  if (!pool.active) throw invalid('source.pool', `The storage pool ${name} does not run. Start it first.`)
  const says = parsePool(pool.definitionXml)
  const isFile = says.ok && isFilePool(says.value.kind)
  const taken = new Set(pool.volumes.map(({ ref }) => ref.name))
  const ending = isFile ? `.${format === 'raw' ? 'img' : format}` : ''
  const wanted = volume ?? freeName(`${domain.defined.name}-${target}`, ending, taken)
  const refusal = volumeNameRefusal(wanted)
  if (refusal !== null) throw invalid('source.volume', refusal)
  if (taken.has(wanted))
    throw invalid('source.volume', `${name} has a volume called ${wanted} already. Choose another name.`)
  const tooLarge = capacityRefusal(sizeBytes, isFile ? null : pool.use.availableBytes)
  if (tooLarge !== null) throw invalid('source.sizeBytes', tooLarge)
  const xml = buildVolumeXml({ name: wanted, format: isFile ? format : null, capacityBytes: sizeBytes })
  const ref = granted(await createVolume(client, pool.ref, xml))
  const read = await client.call(volumeXml(ref))
  const made = read.ok ? parseVolume(read.value) : null
  if (made?.ok === true && made.value.path !== null)
    return {
      kind: isFile ? 'file' : 'block',
      path: made.value.path,
      format: isFile ? format : 'raw',
      capacityBytes: sizeBytes,
      volume: ref,
    }
  await removeVolume(client, ref)
  throw invalid('source', `libvirt does not say where the volume ${wanted} lies.`)
}

/** `stem.ending`, or `stem-2.ending` and so on where that is taken. */
export function freeName(stem: string, ending: string, taken: ReadonlySet<string>): string {
  for (let number = 1; ; number++) {
    const name = volumeNameOf(`${stem}${number === 1 ? '' : `-${number}`}${ending}`)
    if (!taken.has(name)) return name
  }
}
