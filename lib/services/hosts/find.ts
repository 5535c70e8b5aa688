import { Problem } from '../../kit/problem.ts'
import { getHost, getHostByName, type HostRow } from '../../store/hosts.ts'

/** The host with this id or, else, this name. */
export async function findHost(reference: string): Promise<HostRow> {
  const host = (await getHost(reference)) ?? (await getHostByName(reference))
  if (host !== null) return host
  throw new Problem({ code: 'no-host', kind: 'not-found', title: `There is no host with the id or name ${reference}.` })
}

export const hostTargetOf = ({ id, name }: HostRow) => ({ kind: 'host', id, name })
