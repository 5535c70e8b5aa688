import type { JobEvent as StoredEvent } from '../store/generated/client.ts'
import type { JobEvent } from '../contract/jobs.ts'
import { getJob, listJobEvents } from '../store/jobs.ts'
import { jobRunner } from './runner.ts'

const pageSize = 500

/**
 * What a job says, from after that sequence number on and as it goes on. Ends after the job's last event, when there
 * is no such job, and when the signal is aborted. Nothing is missed or told twice, also across a restart of the database.
 */
export async function* jobEvents(jobId: string, afterSeq: number, signal: AbortSignal): AsyncGenerator<JobEvent> {
  let changed = false
  let wake: () => void = () => undefined
  const nudge = (): void => {
    changed = true
    wake()
  }
  const leave = jobRunner().watch(jobId, nudge)
  signal.addEventListener('abort', nudge)
  try {
    for (let seq = afterSeq; !signal.aborted;) {
      changed = false
      // Read before the events: the end and the last event are written as one.
      const isEnded = ['done', 'failed', 'cancelled'].includes((await getJob(jobId))?.state ?? 'done')
      const events = await listJobEvents(jobId, seq, pageSize)
      for (const event of events) {
        if (signal.aborted) return
        yield toContract(event)
        seq = event.seq
      }
      if (events.length === pageSize) continue
      if (isEnded) return
      await new Promise<void>((resolve) => {
        wake = resolve
        if (changed || signal.aborted) resolve()
      })
    }
  } finally {
    leave()
    signal.removeEventListener('abort', nudge)
  }
}

const toContract = ({ seq, at, kind, data }: StoredEvent): JobEvent => ({
  seq,
  at: at.toISOString(),
  kind: kind as JobEvent['kind'],
  data,
})
