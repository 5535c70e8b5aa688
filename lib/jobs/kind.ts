/** One kind of long work. Its input was parsed by the service that enqueued it and is parsed again by `run`. */
export interface JobKind {
  /** Stable name, e.g. `host.prepare`: rows keep it. */
  kind: string
  /** May a person stop it half-way? Then `run` heeds the signal and leaves nothing broken behind. */
  cancellable: boolean
  /**
   * May it be begun again after the process was killed? Then `run` does nothing harmful the second time. Without it an
   * interrupted job is failed, with a sentence that says so.
   */
  resumable?: boolean
  /** After this long the job is aborted. Default one hour: longer hides a hang, shorter cuts slow package mirrors. */
  limitMs?: number
  /** What it resolves to becomes the job's result (JSON, at most 256 kB). A thrown `Problem` becomes its problem. */
  run(context: JobContext): Promise<unknown>
}

export interface JobContext {
  jobId: string
  hostId: string | null
  /** As it was enqueued: JSON of an earlier version of this program, perhaps. */
  input: unknown
  /** 1, and more when an interrupted job is resumed. */
  attempt: number
  /** Runs one of the steps the job was enqueued with; its state and times are shown while it runs. */
  step: <T>(id: string, run: () => Promise<T>) => Promise<T>
  /** Adds to the log; several lines at once are split. Control characters and colours are dropped. */
  log: (text: string) => void
  /** 0–1 */
  progress: (fraction: number) => void
  /** Aborted when somebody cancels, when the process stops, and when the limit is over: its reason's `cause` says which. */
  signal: AbortSignal
}

export interface NewJob {
  kind: string
  title: string
  hostId: string | null
  /** Jobs of one queue run one after another. Default: the host's. */
  queue?: string
  /** JSON; never a secret. */
  input: unknown
  /** Name of whoever asked, for people to read. */
  createdBy: string
  teamId?: string
  steps: { id: string; title: string }[]
}
