import type { ChangeState } from '../contract/network.ts'
import type { Prisma } from './generated/client.ts'
import { db } from './db.ts'
import { storableJson } from './json.ts'
import { newId } from './id.ts'
import { isForeignKey } from './row-errors.ts'

export type ChangeRow = Prisma.ChangeGetPayload<{ include: { host: { select: { name: true; teamId: true } } } }>

const withHost = { host: { select: { name: true, teamId: true } } } as const satisfies Prisma.ChangeInclude
/** As many as anybody pages through; older ones are in the audit log. */
const longestList = 200

export interface NewChange {
  hostId: string
  operations: unknown
  /** The plan as it was reviewed, secrets masked. */
  plan: unknown
  keep: 'person' | 'checks'
  windowSeconds: number
  revertsId: string | null
  createdBy: string
}

export const decidedStates = ['kept', 'reverted', 'failed'] as const satisfies ChangeState[]

/** Null: the host is gone. */
export async function createChange({ operations, plan, ...row }: NewChange): Promise<ChangeRow | null> {
  try {
    return await db().change.create({
      data: {
        id: newId(),
        state: 'queued',
        operations: storableJson(operations),
        plan: storableJson(plan),
        ...row,
      },
      include: withHost,
    })
  } catch (failure) {
    if (isForeignKey(failure)) return null
    throw failure
  }
}

export const getChange = (id: string): Promise<ChangeRow | null> =>
  db().change.findUnique({ where: { id }, include: withHost })

/** Newest first, at most 200. */
export const listChanges = (filter: { hostId?: string; undecided?: boolean }): Promise<ChangeRow[]> =>
  db().change.findMany({
    where: {
      ...(filter.hostId === undefined ? {} : { hostId: filter.hostId }),
      ...(filter.undecided === true ? { state: { notIn: [...decidedStates] } } : {}),
    },
    include: withHost,
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: longestList,
  })

/** Writes what became of a change; a decided one stays as it is. Null: nothing was written. */
export async function updateChange(
  id: string,
  patch: Partial<
    Pick<ChangeRow, 'checksPassed' | 'checkFailure' | 'deadlineAt' | 'reason' | 'detail' | 'jobId' | 'endedAt'>
  > & { state?: ChangeState },
): Promise<ChangeRow | null> {
  const { count } = await db().change.updateMany({ where: { id, state: { notIn: [...decidedStates] } }, data: patch })
  return count === 0 ? null : getChange(id)
}
