import type { Result } from '../kit/result.ts'
import type { Step } from './change.ts'
import type { LinkConfig, ManagedBackEnd } from './model.ts'
import type { Sentence } from './sentences.ts'

/** A configuration file as it stands on the host. */
export interface ConfigFile {
  path: string
  content: string
  /** Permission bits, e.g. 0o600. */
  mode: number
  uid: number
  gid: number
}

/** What a back-end's files say. */
export interface Configured {
  links: LinkConfig[]
  /** Link name → paths of the files that say something of it, the most specific first. */
  sources: Record<string, string[]>
  /** What could not be understood: shown read-only with the reason. `link` null: the whole back-end. */
  unreadable: { link: string | null; path: string; reason: string }[]
}

/** `before: null` creates, `after: null` deletes. */
export interface LinkChange {
  name: string
  before: LinkConfig | null
  after: LinkConfig | null
}

export interface FileChange {
  path: string
  /** Null: the file does not exist. */
  before: string | null
  after: string | null
  /** Of a file that is made anew; an existing one keeps its own, with its owner and xattrs. */
  mode: number
}

/** What a back-end must know to say which commands bring the change into effect. */
export interface Transition {
  /** In the order in which they are to come into being: below before above. */
  changes: readonly LinkChange[]
  files: readonly FileChange[]
  /** What the kernel has now, as far as the tools' commands depend on it. */
  now: RuntimeLink[]
  /** Version texts of the tools where they matter, e.g. { systemd: '252' }. */
  versions: Readonly<Record<string, string>>
}

export interface RuntimeLink {
  name: string
  kind: LinkConfig['kind'] | 'tap' | 'other'
  mac: string | null
  mtu: number
  up: boolean
  master: string | null
  /** CIDR with scope global, dynamic ones too. */
  addresses: { cidr: string; dynamic: boolean }[]
  routes: {
    family: 'inet' | 'inet6'
    destination: string
    gateway: string | null
    metric: number | null
    /** `main` or a number or name. */
    table: string
    protocol: string | null
    source: string | null
  }[]
}

/** Files and commands of one tool. All of it is pure: the same input gives the same output. */
export interface BackEndDriver {
  id: ManagedBackEnd
  /** Globs of the files it reads, for the script that fetches them (`/etc/netplan/*.yaml`). */
  globs: readonly string[]
  /**
   * Never throws. Links only the kernel knows are not listed. `runtime` lets files that name no link but match by MAC,
   * type or a glob be understood.
   */
  read(files: readonly ConfigFile[], runtime?: readonly RuntimeLink[]): Configured
  /**
   * The files after these changes: foreign lines, comments, order and includes kept; files not touched are not listed.
   * An error says why the change can't be expressed in this back-end's files.
   */
  write(
    files: readonly ConfigFile[],
    changes: readonly LinkChange[],
    runtime?: readonly RuntimeLink[],
  ): Result<FileChange[], Sentence>
  /** Commands that only check the new files once they are written aside, run before anything is touched. */
  check(transition: Transition): Step[]
  /** Everything from old to new; exactly one step is `files`, which puts the new files in place. */
  apply(transition: Transition): Step[]
  /** From any half-way point back, once links this change made are gone and the old files stand again. */
  undo(transition: Transition): Step[]
  /** Expected loss of packets on the links that move, milliseconds [least, most], from measurement. */
  outageMs(transition: Transition): [number, number]
}
