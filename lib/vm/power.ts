import type { DomainState } from '../facts/facts.ts'

export const powerActions = [
  'start',
  'shutdown',
  'reboot',
  'destroy',
  'suspend',
  'resume',
  'reset',
  'save',
  'discard-saved',
] as const
export type PowerAction = (typeof powerActions)[number]

/** What decides whether an action makes sense. */
export interface PowerSubject {
  state: DomainState
  persistent: boolean
  hasSavedState: boolean
}

/** Why an action makes no sense now: the title of the 409, and the tooltip of the button. */
export const powerReasons = {
  runs: 'The VM runs already.',
  off: 'The VM is shut off. Start it first.',
  offAlready: 'The VM is shut off already.',
  paused: 'The VM is paused. Resume it first.',
  pausedAlready: 'The VM is paused already.',
  notPaused: 'The VM is not paused.',
  sleeps: 'The guest sleeps. Wake it first.',
  shuttingDown: 'The VM is shutting down. Wait until it is off, or force it off.',
  crashed: 'The VM has crashed. Force it off or reset it.',
  transient: 'The VM has no definition on its host and would be gone. Shut it down instead.',
  noSavedState: 'The VM has no saved state.',
} as const
export type PowerReason = keyof typeof powerReasons

// Where nobody knows how a VM is, libvirt decides.
const always = null
type Ruling = PowerReason | null

/** One line per state; `null` is allowed. */
const table: Record<DomainState, Record<Exclude<PowerAction, 'discard-saved'>, Ruling>> = {
  running: row('runs', null, null, null, null, 'notPaused', null, null),
  idle: row('runs', null, null, null, null, 'notPaused', null, null),
  paused: row('runs', 'paused', 'paused', null, 'pausedAlready', null, null, null),
  'shutting-down': row(
    'shuttingDown',
    'shuttingDown',
    'shuttingDown',
    null,
    'shuttingDown',
    'notPaused',
    'shuttingDown',
    'shuttingDown',
  ),
  'shut-off': row(null, 'offAlready', 'off', 'offAlready', 'off', 'off', 'off', 'off'),
  crashed: row('crashed', 'crashed', 'crashed', null, 'crashed', 'crashed', null, 'crashed'),
  suspended: row('sleeps', 'sleeps', 'sleeps', null, 'sleeps', null, null, 'sleeps'),
  unknown: row(always, always, always, always, always, always, always, always),
}

function row(
  start: Ruling,
  shutdown: Ruling,
  reboot: Ruling,
  destroy: Ruling,
  suspend: Ruling,
  resume: Ruling,
  reset: Ruling,
  save: Ruling,
) {
  return { start, shutdown, reboot, destroy, suspend, resume, reset, save }
}

/** Why this cannot be done to a VM that is so, or null. */
export function powerRefusal(
  action: PowerAction,
  { state, persistent, hasSavedState }: PowerSubject,
): PowerReason | null {
  if (action === 'discard-saved') return hasSavedState ? null : 'noSavedState'
  const ruling = table[state][action]
  if (ruling === null && action === 'save' && !persistent) return 'transient'
  return ruling
}

/** What a person most likely wants of a VM that is so. */
export function primaryAction({ state }: Pick<PowerSubject, 'state'>): PowerAction {
  if (state === 'shut-off' || state === 'unknown') return 'start'
  if (state === 'paused' || state === 'suspended') return 'resume'
  return state === 'crashed' || state === 'shutting-down' ? 'destroy' : 'shutdown'
}
