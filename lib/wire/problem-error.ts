import type { FieldError } from '../kit/problem.ts'
import type { ProblemDocument } from '../contract/problem.ts'

/** What the API answered instead of what was asked for, or that it did not answer. */
export class ProblemError extends Error {
  /** 0 when there was no answer at all. */
  readonly status: number
  /** Which failure it is, e.g. `key-changed`, `forbidden`; `no-answer` when there was none. */
  readonly code: string
  readonly detail: string | null
  readonly fields: FieldError[]
  /** The whole document, for members only some problems have. */
  readonly document: ProblemDocument | null
  readonly retryAfterSeconds: number | null

  /** The message is the problem's title: a sentence for the person. */
  constructor(status: number, document: ProblemDocument | null, retryAfterSeconds: number | null = null) {
    super(document?.title ?? 'Drawbridge does not answer. Is it running, and is there a way to it?')
    this.name = 'ProblemError'
    this.status = status
    this.code = document?.code ?? 'no-answer'
    this.detail = document?.detail ?? null
    this.fields = document?.errors ?? []
    this.document = document
    this.retryAfterSeconds = retryAfterSeconds
  }
}

/** Reads a failed answer, also one that a proxy wrote. */
export async function problemOf(answer: Response): Promise<ProblemError> {
  const seconds = Number(answer.headers.get('retry-after'))
  const wait = Number.isFinite(seconds) && seconds > 0 ? seconds : null
  const text = await answer.text().catch(() => '')
  try {
    const document = JSON.parse(text) as ProblemDocument
    if (typeof document.title === 'string') return new ProblemError(answer.status, document, wait)
  } catch {
    // Not ours.
  }
  const title = `Something between here and Drawbridge answered ${answer.status} ${answer.statusText}.`
  return new ProblemError(answer.status, { type: 'about:blank', code: 'foreign', title, status: answer.status }, wait)
}
