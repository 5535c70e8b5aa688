import { once } from '../../kit/once.ts'
import { Problem } from '../../kit/problem.ts'
import { hub } from '../../live/hub.ts'
import type { PowerAction } from '../../vm/power.ts'
import type { KnownDomain } from './board.ts'

interface Activity {
  /** What this process does to the VM right now. */
  doing: PowerAction | null
  /** That does it, where it takes its time. */
  job: string | null
  /** When its guest was asked to shut down, and in which of its lives. */
  asked: { at: Date; domainId: number } | null
}

const activities = (): Map<string, Activity> => once('vm-activities', () => new Map<string, Activity>())
const keyOf = (hostId: string, uuid: string): string => `${hostId} ${uuid}`
const activity = (hostId: string, uuid: string): Activity => {
  const key = keyOf(hostId, uuid)
  const held = activities().get(key) ?? { doing: null, job: null, asked: null }
  activities().set(key, held)
  return held
}

const inWords: Record<PowerAction, string> = {
  start: 'started',
  shutdown: 'shut down',
  reboot: 'rebooted',
  destroy: 'forced off',
  suspend: 'paused',
  resume: 'resumed',
  reset: 'reset',
  save: 'saved',
  'discard-saved': 'rid of its saved state',
}

/** Throws the 409. Forcing off is never kept waiting: what is done may be what hangs. */
export function requireIdle(hostId: string, { uuid }: KnownDomain, action: PowerAction): void {
  const doing = activities().get(keyOf(hostId, uuid))?.doing ?? null
  if (doing === null || (action === 'destroy' && doing !== 'destroy')) return
  throw new Problem({
    code: 'vm-busy',
    kind: 'conflict',
    title: `The VM is being ${inWords[doing]} at this moment. Wait until that is done.`,
  })
}

/** Takes the VM for one action, or throws the 409. */
export function claimVm(
  hostId: string,
  domain: KnownDomain,
  action: PowerAction,
  job: string | null = null,
): () => void {
  requireIdle(hostId, domain, action)
  const { uuid } = domain
  const held = activity(hostId, uuid)
  held.doing = action
  held.job = job
  hub().publish({ type: 'vms-changed', host: hostId })
  return () => {
    if (held.doing === action) Object.assign(held, { doing: null, job: null })
    forgetIdle(hostId, uuid)
    hub().publish({ type: 'vms-changed', host: hostId })
  }
}

export function noteShutdownAsked(hostId: string, { uuid, ref }: KnownDomain, at: Date): void {
  activity(hostId, uuid).asked = { at, domainId: ref.id }
}

/** What goes on with a VM. A guest that was asked to shut down and did, or was started anew, is asked no longer. */
export function activityOf(
  hostId: string,
  { uuid, ref, stateWord }: KnownDomain,
): { doing: PowerAction | null; job: string | null; shutdownAskedAt: Date | null } {
  const held = activities().get(keyOf(hostId, uuid))
  if (held === undefined) return { doing: null, job: null, shutdownAskedAt: null }
  if (held.asked !== null && (held.asked.domainId !== ref.id || stateWord === 'shut-off')) {
    held.asked = null
    forgetIdle(hostId, uuid)
  }
  return { doing: held.doing, job: held.job, shutdownAskedAt: held.asked?.at ?? null }
}

function forgetIdle(hostId: string, uuid: string): void {
  const held = activities().get(keyOf(hostId, uuid))
  if (held?.doing === null && held.asked === null) activities().delete(keyOf(hostId, uuid))
}
