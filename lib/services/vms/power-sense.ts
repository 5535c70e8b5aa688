import type { RpcClient } from '../../host/libvirt/client.ts'
import { readDomainNow } from '../../host/libvirt/domains.ts'
import type { LibvirtFailure } from '../../host/libvirt/failure.ts'
import { Problem } from '../../kit/problem.ts'
import { type PowerAction, powerReasons, powerRefusal } from '../../vm/power.ts'
import { libvirtProblem } from '../libvirt-problem.ts'
import { type KnownDomain, knownDomain } from './board.ts'

const whyNonsense = (action: PowerAction, { stateWord, persistent, hasSavedState }: KnownDomain): Problem | null => {
  const reason = powerRefusal(action, { state: stateWord, persistent, hasSavedState })
  if (reason === null) return null
  return new Problem({
    code: 'vm-state',
    kind: 'conflict',
    title: powerReasons[reason],
    extra: { state: stateWord, reason },
  })
}

/** Throws why this can't be done to a VM that is so. */
export function requireSense(action: PowerAction, domain: KnownDomain): void {
  const problem = whyNonsense(action, domain)
  if (problem !== null) throw problem
}

/** What libvirt did not do. When somebody else was faster, it is the new state that says why. */
export async function whyNot(
  client: RpcClient,
  action: PowerAction,
  { uuid }: KnownDomain,
  failure: LibvirtFailure,
): Promise<{ problem: Problem; isLate: boolean }> {
  const read = await readDomainNow(client, uuid)
  const late = read.ok ? whyNonsense(action, knownDomain(read.value)) : null
  return { problem: late ?? libvirtProblem(failure), isLate: late !== null }
}
