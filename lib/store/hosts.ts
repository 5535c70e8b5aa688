import { err, ok, type Result } from '../kit/result.ts'
import type { Prisma } from './generated/client.ts'
import { db } from './db.ts'
import { newId } from './id.ts'
import { storableText } from './json.ts'
import { isForeignKey, isMissing, isTaken } from './row-errors.ts'

export type HostRow = Prisma.HostGetPayload<{ include: { keys: true } }>

export interface NewHostKey {
  algorithm: string
  /** `SHA256:` + unpadded base64. */
  fingerprint: string
  pinnedBy: string
}

export interface NewHost {
  /** Made by `newId()` beforehand when secrets must be sealed for it first. */
  id?: string
  name: string
  address: string
  port: number
  user: string
  signIn: 'generated-key' | 'stored-key' | 'agent'
  publicKey: string | null
  jumpHostId: string | null
  tags: string[]
  notes: string
  teamId?: string
  keys: NewHostKey[]
}

export type HostPatch = Partial<
  Pick<NewHost, 'name' | 'address' | 'port' | 'user' | 'jumpHostId' | 'tags' | 'notes' | 'signIn' | 'publicKey'>
>

const withKeys = { keys: { orderBy: { pinnedAt: 'asc' } } } as const satisfies Prisma.HostInclude

/** All hosts by name, with their pinned keys. */
export const listHosts = (filter: { teamId?: string } = {}): Promise<HostRow[]> =>
  db().host.findMany({ where: filter, include: withKeys, orderBy: { name: 'asc' } })

export const getHost = (id: string): Promise<HostRow | null> =>
  db().host.findUnique({ where: { id }, include: withKeys })

export const getHostByName = (name: string): Promise<HostRow | null> =>
  db().host.findUnique({ where: { name }, include: withKeys })

export async function createHost(host: NewHost): Promise<Result<HostRow, 'name-taken' | 'no-jump-host'>> {
  const { id = newId(), keys, ...columns } = host
  try {
    const row = await db().host.create({
      data: { id, ...columns, keys: { create: keys.map((key) => ({ id: newId(), ...key })) } },
      include: withKeys,
    })
    return ok(row)
  } catch (failure) {
    if (isTaken(failure)) return err('name-taken')
    if (isForeignKey(failure)) return err('no-jump-host')
    throw failure
  }
}

export async function updateHost(
  id: string,
  patch: HostPatch,
): Promise<Result<HostRow, 'not-found' | 'name-taken' | 'no-jump-host'>> {
  try {
    return ok(await db().host.update({ where: { id }, data: patch, include: withKeys }))
  } catch (failure) {
    if (isMissing(failure)) return err('not-found')
    if (isTaken(failure)) return err('name-taken')
    if (isForeignKey(failure)) return err('no-jump-host')
    throw failure
  }
}

/** Removes the host with its keys and facts; its jobs stay, without the host. `is-jump-host`: others are reached through it. */
export async function deleteHost(id: string): Promise<Result<void, 'not-found' | 'is-jump-host'>> {
  try {
    await db().host.delete({ where: { id } })
    return ok(undefined)
  } catch (failure) {
    if (isMissing(failure)) return err('not-found')
    if (isForeignKey(failure)) return err('is-jump-host')
    throw failure
  }
}

/** Names of the hosts that are reached through this one. */
export async function hostsReachedThrough(id: string): Promise<{ id: string; name: string }[]> {
  return db().host.findMany({ where: { jumpHostId: id }, select: { id: true, name: true }, orderBy: { name: 'asc' } })
}

/** It answers: remembers when, and clears why it was down. A host that is gone is no error. */
export async function markHostSeen(id: string, at: Date): Promise<void> {
  await db().host.updateMany({ where: { id }, data: { lastSeenAt: at, downSince: null, downReason: null } })
}

/** It does not answer: keeps the first moment of this outage, renews the reason. */
export async function markHostDown(id: string, since: Date, reason: string): Promise<void> {
  const downReason = storableText(reason).slice(0, 1000)
  await db().$transaction([
    db().host.updateMany({ where: { id, downSince: null }, data: { downSince: since } }),
    db().host.updateMany({ where: { id }, data: { downReason } }),
  ])
}
