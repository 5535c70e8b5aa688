import { sshFailure, type SshFailure } from './failure.ts'

export interface Deadline {
  /** Aborts when the time is over or the caller gave up. */
  signal: AbortSignal
  reached: Promise<SshFailure>
  failure(): SshFailure | null
  clear(): void
}

/** Runs out after `timeoutMs`, or when `outer` aborts, whichever is first. Clear it when the work is done. */
export function startDeadline(place: string, timeoutMs: number, outer?: AbortSignal): Deadline {
  const controller = new AbortController()
  let failure: SshFailure | null = null
  let tell: (why: SshFailure) => void = () => {}
  const reached = new Promise<SshFailure>((resolve) => (tell = resolve))
  const stop = (why: SshFailure) => {
    failure ??= why
    controller.abort()
    tell(failure)
  }
  const late = () =>
    stop(
      sshFailure(
        'timeout',
        `A command at ${place} did not end within ${Math.max(1, Math.round(timeoutMs / 1000))} s. The host is overloaded, or the command waits for something.`,
      ),
    )
  const timer = setTimeout(late, timeoutMs)
  const onAbort = () => stop(sshFailure('cancelled', 'The command was cancelled.'))
  if (outer?.aborted) onAbort()
  outer?.addEventListener('abort', onAbort, { once: true })
  return {
    signal: controller.signal,
    reached,
    failure: () => failure,
    clear: () => {
      clearTimeout(timer)
      outer?.removeEventListener('abort', onAbort)
    },
  }
}
