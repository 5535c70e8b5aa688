/**
 * One change as the host carries it out alone: what to do, how to undo it, how to tell that it is done. Pure data; all
 * words in it were parsed and are passed as files and argv, never as shell text.
 */
export interface HostChange {
  /** Id of the change: 26 letters and digits. */
  id: string
  files: HostFile[]
  /** Read-only, before anything is touched. A failing one ends the change with nothing done. */
  check: Step[]
  apply: Step[]
  /** After `created` links are gone and the old files stand again. */
  undo: Step[]
  /**
   * Lines for `ip -batch` and `bridge -batch` style tools, each run by itself and allowed to fail, that bring the
   * kernel back to what it was when the back-end does not.
   */
  restore: string[][]
  /** Links this change makes: deleted first when it is undone. */
  created: string[]
  /** Must hold after `apply`, else it is undone at once. */
  expect: Expectation[]
  /** Holds now, and must hold after an undo. */
  expectOld: Expectation[]
  /** Tap → bridge at this moment: kept, and put back after each step that loses one. */
  taps: { tap: string; bridge: string }[]
  /** Addresses that answer a ping now must do so afterwards (gateways, DNS servers). Those silent now are not asked. */
  probes: string[]
  /** Seconds from the arming of the watchdog until the host restores itself. */
  windowSeconds: number
  /** Seconds `apply` may take before it counts as failed. */
  applySeconds: number
}

export interface HostFile {
  path: string
  /** sha256 of what must stand there before; null: nothing. Checked under the lock. */
  beforeSha256: string | null
  /** New content, null to delete. */
  after: string | null
  /** Of a new file, e.g. 0o600; an existing one keeps its mode, owner and xattrs. */
  mode: number
}

export type Step =
  /** Puts all files of the change in place (each: temporary name, fsync, rename, fsync of the folder). */
  | { kind: 'files' }
  /**
   * `mayFail`: its exit status does not matter, only the state at the end. `candidate` in an argument stands for the
   * folder that holds the new files under their full paths (for `netplan generate --root-dir`).
   */
  | { kind: 'run'; argv: string[]; timeoutSeconds: number; mayFail?: boolean }
  /** Lines for one `ip -force`-less `ip -batch`. */
  | { kind: 'ip'; lines: string[] }
  /** Until all hold, else the change counts as failed (as a step of `undo`: go on). */
  | { kind: 'wait'; until: Expectation[]; timeoutSeconds: number }
  /** Appends, replaces or removes lines in a state file of the tool, e.g. ifupdown's /run/network/ifstate. */
  | { kind: 'lines'; path: string; remove: string[]; add: string[] }

/** The placeholder for the folder with the new files. */
export const candidate = '@candidate@'

/** Something that can be seen in the kernel's state without any tool's word for it. */
export type Expectation =
  | { kind: 'link'; link: string }
  | { kind: 'no-link'; link: string }
  | { kind: 'up'; link: string }
  | { kind: 'master'; link: string; master: string | null }
  | { kind: 'mtu'; link: string; mtu: number }
  | { kind: 'mac'; link: string; mac: string }
  | { kind: 'address'; link: string; cidr: string }
  | { kind: 'no-address'; link: string; cidr: string }
  /** Any global address of this family. */
  | { kind: 'any-address'; link: string; family: 'inet' | 'inet6' }
  /** A unicast route in this table; gateway null: on the link itself. */
  | {
      kind: 'route'
      family: 'inet' | 'inet6'
      destination: string
      gateway: string | null
      link: string
      table: string
    }
  /** A file under /sys/class/net/<link>/ with this first word, e.g. `bridge/stp_state` `0`, `bonding/mode` `802.3ad`. */
  | { kind: 'sysfs'; link: string; file: string; value: string }
  /** The port's VLANs as `bridge vlan` shows them. */
  | { kind: 'vlans'; link: string; pvid: number | null; untagged: number[]; tagged: number[] }

/** How far the host says a change is. The only truth about it. */
export type HostMarker =
  /** No trace of this change on the host. */
  | { state: 'absent' }
  | { state: 'applying'; secondsLeft: number; step: string | null }
  /** Applied and verified on the host; waits for a yes. */
  | { state: 'pending'; secondsLeft: number }
  | { state: 'rolling-back'; reason: string }
  | { state: 'kept' }
  /** `complete` false: something could not be put back; `detail` says what. */
  | { state: 'reverted'; reason: string; complete: boolean; detail: string | null }
