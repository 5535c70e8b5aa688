/** What can go wrong on purpose. The kind decides the HTTP status; the title is a sentence a person can act on. */
export type ProblemKind =
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'not-found'
  | 'conflict'
  | 'too-large'
  | 'rate-limited'
  | 'unreachable'
  | 'unavailable'

export const problemStatus = {
  invalid: 422,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
  'too-large': 413,
  'rate-limited': 429,
  unreachable: 502,
  unavailable: 503,
} as const satisfies Record<ProblemKind, number>

export interface FieldError {
  /** Path of the field in the request body, e.g. `signIn.password`. */
  field: string
  message: string
}

export interface ProblemInit {
  /** Which failure this is, for programs: becomes the last part of the RFC 9457 `type` URI, e.g. `host-key-changed`. */
  code: string
  kind: ProblemKind
  /** One sentence that says what is wrong and what to do. */
  title: string
  detail?: string
  fields?: FieldError[]
  /** Machine-readable extras (RFC 9457 extension members), e.g. both fingerprints. Never a secret. */
  extra?: Record<string, unknown>
  retryAfterSeconds?: number
}

/** A foreseen failure on its way to the person who caused it. Services throw it; the API turns it into RFC 9457. */
export class Problem extends Error {
  readonly init: ProblemInit
  constructor(init: ProblemInit) {
    super(init.title)
    this.name = 'Problem'
    this.init = init
  }
  get status(): number {
    return problemStatus[this.init.kind]
  }
}
