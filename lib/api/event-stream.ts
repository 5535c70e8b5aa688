import type { Context } from 'hono'

/** Proxies cut a silent connection after 30–60 s. */
const heartbeatMs = 15_000
/** Longer lets somebody who was locked out look on; shorter asks the store for nothing. */
const recheckMs = 30_000
/** A reader that lags this far behind is better served by a new stream. */
const backlogLimitBytes = 4 * 1024 * 1024

const headers = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
}

const heartbeat = new TextEncoder().encode(': \n\n')

export interface EventSink {
  send(chunk: Uint8Array): void
  /** Ends the stream from our side. */
  end(): void
  /** Aborted when the reader has gone, or the stream ended in any other way. */
  signal: AbortSignal
}

/**
 * Answers with server-sent events. `start` is called at once and returns what ends the source; `stillAdmitted` is asked
 * now and then, because a stream outlives the session it was opened with.
 */
export function eventStream(
  c: Context,
  stillAdmitted: () => Promise<boolean>,
  start: (sink: EventSink) => () => void,
): Response {
  const ended = new AbortController()
  let stop: () => void = () => undefined
  let timers: NodeJS.Timeout[] = []
  const finish = (): void => {
    if (ended.signal.aborted) return
    ended.abort()
    for (const timer of timers) clearInterval(timer)
    stop()
  }
  const stream = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const end = (): void => {
          if (ended.signal.aborted) return
          finish()
          try {
            controller.close()
          } catch {
            // The reader has gone already.
          }
        }
        const send = (chunk: Uint8Array): void => {
          if (ended.signal.aborted) return
          controller.enqueue(chunk)
          if ((controller.desiredSize ?? 0) < -backlogLimitBytes) end()
        }
        c.req.raw.signal.addEventListener('abort', end, { once: true })
        timers = [
          setInterval(() => send(heartbeat), heartbeatMs),
          setInterval(() => void stillAdmitted().then((yes) => (yes ? undefined : end()), end), recheckMs),
        ]
        // Something at once, so that proxies and browsers see that it is open.
        send(heartbeat)
        stop = start({ send, end, signal: ended.signal })
        if (ended.signal.aborted) stop()
      },
      cancel: finish,
    },
    new ByteLengthQueuingStrategy({ highWaterMark: 64 * 1024 }),
  )
  return c.body(stream, 200, headers)
}
