/**
 * The live stream, as the hub encodes it and the browser reads it: `GET /api/v1/live?topics=fleet,host:<id>` (SSE).
 * Each SSE event's name is the `type`; its data is the JSON below. One multiplexed stream per browser tab.
 *
 * Columnar: a keyframe names the links and gives every figure; a delta gives only the rows that changed.
 * Rates are per second of the HOST's clock. Direction is as the guest sees it for taps (already swapped).
 * `null` is "not known" (first sample, counter reset, link gone); zero means zero.
 */
export const figureNames = ['rxPps', 'txPps', 'rxBps', 'txBps', 'rxDrops', 'txDrops', 'rxErrors', 'txErrors'] as const

/** [rxPps, txPps, rxBps (bit/s), txBps (bit/s), rx drops/s, tx drops/s, rx errors/s, tx errors/s] */
export type Figures = [
  number | null,
  number | null,
  number | null,
  number | null,
  number | null,
  number | null,
  number | null,
  number | null,
]

export interface HostKeyframe {
  type: 'host-keyframe'
  host: string
  seq: number
  /** Dashboard's wall clock when the frame arrived, ms since 1970. */
  at: number
  /** Names in row order; deltas speak of row numbers. */
  links: string[]
  rows: Figures[]
  /** Last 120 s of [rxPps, txPps] per row, oldest first, 1 s apart; a gap is null. For sparklines on first paint. */
  history: { rx: (number | null)[][]; tx: (number | null)[][] }
}

export interface HostDelta {
  type: 'host-delta'
  host: string
  seq: number
  at: number
  /** [row, figures] of changed rows only. Rows absent keep their value. */
  rows: [number, Figures][]
}

/** A host as the fleet page shows it each second. */
export interface FleetRow {
  host: string
  state: HostState
  /** Sums over uplinks (physical NICs), or null when not sampled. */
  rxPps: number | null
  txPps: number | null
  rxBps: number | null
  txBps: number | null
  /** Drops per second over all links. */
  drops: number | null
}

export interface FleetFrame {
  type: 'fleet'
  at: number
  rows: FleetRow[]
}

export type HostState = 'up' | 'connecting' | 'unreachable' | 'key-changed' | 'refused'

/** Sent when a host's state changes, and once per host at the start of a stream. */
export interface HostStateEvent {
  type: 'host-state'
  host: string
  state: HostState
  /** ISO 8601; since when it has been in this state. */
  since: string
  /** A sentence, null while up. */
  reason: string | null
}

/** Facts of this host were read anew: refetch them. */
export interface FactsChangedEvent {
  type: 'facts-changed'
  host: string
  takenAt: string
}

/** A job's row changed. */
export interface JobChangedEvent {
  type: 'job-changed'
  job: string
  state: string
  host: string | null
}

/** A change of a host's network went on. */
export interface ChangeChangedEvent {
  type: 'change-changed'
  change: string
  host: string
  state: string
}

/** VMs of this host changed: refetch them. */
export interface VmsChangedEvent {
  type: 'vms-changed'
  host: string
}

export type LiveEvent =
  | HostKeyframe
  | HostDelta
  | FleetFrame
  | HostStateEvent
  | FactsChangedEvent
  | JobChangedEvent
  | ChangeChangedEvent
  | VmsChangedEvent
