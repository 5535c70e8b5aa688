import type * as z from 'zod'
import type { Actor } from '../../../access/can.ts'
import type { againCloudInitSchema, EditedVm, FieldOutcome } from '../../../contract/vm-edit.ts'
import { readDomainNow } from '../../../host/libvirt/domains.ts'
import { deleteVolume } from '../../../host/delete-volume.ts'
import { createVolume, readPools, removeVolume, type HostPool } from '../../../host/libvirt/pools.ts'
import { lookUpVolumeByPath, volumeXml, type VolumeRef } from '../../../host/libvirt/storage-calls.ts'
import { Problem } from '../../../kit/problem.ts'
import { buildSeed, checkCloudInit } from '../../../vm/cloud-init.ts'
import type { DomainDisk } from '../../../vm/domain.ts'
import { addDisk, ensureController, freeTarget } from '../../../vm/domain-edit-disk.ts'
import { isoImage } from '../../../vm/iso9660.ts'
import { filled } from '../../../vm/spec.ts'
import { buildVolumeXml, parseVolume } from '../../../vm/volume.ts'
import { isFilePool, parsePool } from '../../../vm/pool.ts'
import { refuse } from '../../refuse.ts'
import { hashOfPassword } from '../create/password-hash.ts'
import { seedFiles, seedLabel } from '../create/plan.ts'
import { writeWhole } from '../create/write-whole.ts'
import { knownDomain } from '../board.ts'
import type { FoundVm } from '../find.ts'
import { changeVm, granted, redefine, requirePersistent, requireRight } from './change-vm.ts'
import { usersOf } from './disk-source.ts'
import { changeMedia } from './media.ts'
import { freeName } from './new-volume.ts'

/**
 * Gives the guest new first documents under a new instance id, so that cloud-init runs again at its next boot. The seed
 * that was there goes once the new one is in its drive; without a drive it gets one with the next start.
 */
export async function cloudInitAgain(
  actor: Actor,
  reference: string,
  { etag, cloudInit: asked }: z.output<typeof againCloudInitSchema>,
  now: () => Date,
): Promise<EditedVm> {
  await refuse(actor, 'vm.edit', { kind: 'vm', name: reference })
  return changeVm(actor, reference, { etag, detail: { did: 'cloud-init again' }, now }, async (found) => {
    const { password, ...rest } = asked
    const cloudInit = filled(rest)
    const { defined, uuid } = found.domain
    requireRight(checkCloudInit(cloudInit, defined.nics.length))
    const documents = buildSeed(cloudInit, {
      name: defined.name,
      instanceId: `${uuid}-${now().getTime().toString(36)}`,
      macs: defined.nics.map(({ mac }) => mac),
      passwordHash: hashOfPassword(password ?? null),
    })
    const old = seedDrive(defined.name, defined.disks)
    if (old === null) requirePersistent(found, 'next-start')
    const made = await writeSeed(found, isoImage(seedLabel, seedFiles(documents)))
    try {
      const [outcome] =
        old === null ? await addDrive(found, made.path) : await changeMedia(found, old.target, made, true)
      if (old?.source) await forgetOld(found, old.source)
      return [{ field: 'cloudInit', when: outcome?.when ?? 'next-start', message: atNextBoot }]
    } catch (failure) {
      await takeBack(found, made)
      throw failure
    }
  })
}

/** Unless it got into the drive after all: of what runs, of what is defined, or nobody can say. */
async function takeBack({ client, domain }: FoundVm, { path, ref }: Seed): Promise<void> {
  const now = await readDomainNow(client, domain.uuid)
  if (!now.ok) return
  const { defined, running } = knownDomain(now.value)
  if ([defined, running].some((state) => state?.disks.some(({ source }) => source === path))) return
  await removeVolume(client, ref)
}

const atNextBoot = 'The guest reads it at its next boot: its instance id is new, so cloud-init runs again.'

/** The drive with a seed that Drawbridge made: it goes by the VM's name. */
export function seedDrive(name: string, disks: readonly DomainDisk[]): DomainDisk | null {
  const ours = new RegExp(`/${name.replaceAll('.', String.raw`\.`)}-seed(?:-\\d+)?\\.iso$`)
  return disks.find(({ device, source }) => device === 'cdrom' && source !== null && ours.test(source)) ?? null
}

interface Seed {
  kind: 'file'
  path: string
  ref: VolumeRef
}

/** Beside the VM's first disk if that lies in a pool of files, else in the first of these. */
async function writeSeed(found: FoundVm, content: Uint8Array): Promise<Seed> {
  const { client, session, domain } = found
  const pools = granted(await readPools(client)).filter((pool) => pool.active && holdsFiles(pool))
  const sources = new Set(domain.defined.disks.map(({ source }) => source))
  const pool = pools.find(({ volumes }) => volumes.some(({ xml }) => sources.has(pathIn(xml)))) ?? pools[0]
  if (pool === undefined)
    throw new Problem({
      code: 'no-pool',
      kind: 'conflict',
      title: 'The host has no storage pool of files that runs. Make one, or start it; the seed is a file.',
    })
  const name = freeName(`${domain.defined.name}-seed`, '.iso', new Set(pool.volumes.map(({ ref }) => ref.name)))
  const xml = buildVolumeXml({ name, format: 'raw', capacityBytes: content.length })
  const ref = granted(await createVolume(client, pool.ref, xml))
  try {
    const path = pathIn(granted(await client.call(volumeXml(ref))))
    if (path === null)
      throw new Problem({
        code: 'no-path',
        kind: 'conflict',
        title: `libvirt does not say where the volume ${name} lies.`,
      })
    await writeWhole(session, { pool: pool.ref.name, volume: name, path }, content)
    return { kind: 'file', path, ref }
  } catch (failure) {
    await removeVolume(client, ref)
    throw failure
  }
}

const holdsFiles = ({ definitionXml }: HostPool): boolean => {
  const says = parsePool(definitionXml)
  return says.ok && isFilePool(says.value.kind)
}
const pathIn = (xml: string): string | null => {
  const parsed = parseVolume(xml)
  return parsed.ok ? parsed.value.path : null
}
async function addDrive(found: FoundVm, path: string): Promise<FieldOutcome[]> {
  const { defined, running } = found.domain
  const targets = [...defined.disks, ...(running?.disks ?? [])].map(({ target }) => target)
  await redefine(found, (editor) => {
    ensureController(editor, 'sata')
    addDisk(editor, {
      device: 'cdrom',
      target: freeTarget(targets, 'sata'),
      bus: 'sata',
      source: { kind: 'file', path },
      format: 'raw',
      cache: null,
      io: null,
      discard: null,
      ioThread: null,
      readOnly: true,
      limits: { readBytesPerSecond: null, writeBytesPerSecond: null, readIops: null, writeIops: null },
      bootOrder: null,
    })
  })
  return [{ field: 'cloudInit', when: 'next-start', message: null }]
}

// A seed takes some ten kilobytes before its last document.
const seedBytes = 1024 * 1024

/**
 * The seed that nobody reads any more goes, if it is one: made for this very VM, by what stands in it. A snapshot or a saved
 * state goes back to the drive as it was, so with one of these it stays. That it stays is no failure.
 */
async function forgetOld({ host, client, session, domain }: FoundVm, path: string): Promise<void> {
  if (domain.hasSnapshots || domain.hasSavedState || usersOf(host.id, path, domain.uuid).length > 0) return
  const read = await session.exec(['head', '-c', String(seedBytes), path], { sudo: true })
  if (!read.ok || read.value.code !== 0 || !read.value.stdout.includes(`instance-id: ${domain.uuid}`)) return
  const volume = await client.call(lookUpVolumeByPath(path))
  if (volume.ok) await deleteVolume({ client, session }, volume.value)
}
