import * as z from 'zod'
import { connectLibvirt } from '../../host/libvirt/connect.ts'
import { copyVolume } from '../../host/libvirt/pools.ts'
import type { JobKind } from '../../jobs/kind.ts'
import { Problem } from '../../kit/problem.ts'
import { getHost } from '../../store/hosts.ts'
import { buildVolumeXml, volumeFormats } from '../../vm/volume.ts'
import { libvirtProblem } from '../libvirt-problem.ts'
import { findPool, findVolume, openStorage } from './situation.ts'
import { granted } from './storage-problem.ts'

export const cloneVolumeKind = 'storage.clone'

/** Copies and downloads into a pool run one after another, beside the other jobs of the host. */
export const storageQueue = (hostId: string, pool: string): string => `${hostId} storage ${pool}`.slice(0, 128)

const inputSchema = z.object({
  from: z.string(),
  volume: z.string(),
  into: z.string(),
  name: z.string(),
  format: z.enum(volumeFormats).nullable(),
})

/** libvirt copies, and takes the copy away again when it fails. It can't be asked to stop. */
export const cloneVolumeJob = (now: () => Date): JobKind => ({
  kind: cloneVolumeKind,
  cancellable: false,
  limitMs: 6 * 3600_000,
  async run({ hostId, input, step, log }) {
    const { from, volume, into, name, format } = inputSchema.parse(input)
    const host = hostId === null ? null : await getHost(hostId)
    if (host === null) throw new Problem({ code: 'no-host', kind: 'not-found', title: 'The host was removed.' })
    await step('copy', async () => {
      const situation = await openStorage(host, now)
      const source = findVolume(findPool(situation, from), volume)
      const target = findPool(situation, into)
      // Its own connection: libvirt answers when all is copied, and works on few calls of one connection at a time.
      const own = await connectLibvirt(situation.session)
      if (!own.ok) throw libvirtProblem(own.error)
      try {
        const xml = buildVolumeXml({ name, format, capacityBytes: source.capacityBytes })
        granted(await copyVolume(own.value, target.ref, xml, source.ref))
      } finally {
        own.value.close()
      }
      log(`${into}/${name} is there.`)
    })
    return { pool: into, volume: name }
  },
})
