import type { Job, JobEvent, JobState, JobStep } from '../contract/jobs.ts'

export interface LogLine {
  seq: number
  at: string
  text: string
}

/** What a job's events say of it so far; where they say nothing, its row does. */
export interface Told {
  state: JobState
  /** 0–1 */
  progress: number
  steps: readonly JobStep[]
  log: readonly LogLine[]
}

const ended: readonly JobState[] = ['done', 'failed', 'cancelled']
export const hasEnded = (state: JobState): boolean => ended.includes(state)

/** @param events from the job's beginning, in order */
export function told(job: Job, events: readonly JobEvent[]): Told {
  let { state, progress } = job
  const steps = new Map(job.steps.map((step) => [step.id, step]))
  const log: LogLine[] = []
  for (const { seq, at, kind, data } of events)
    switch (kind) {
      case 'log':
        log.push({ seq, at, text: (data as { line: string }).line })
        break
      case 'step':
        steps.set((data as JobStep).id, data as JobStep)
        break
      case 'progress':
        progress = (data as { progress: number }).progress
        break
      case 'state':
        state = (data as { state: JobState }).state
        break
    }
  // The row of a job that has ended is its last word; the events may still be on their way.
  return hasEnded(job.state)
    ? { state: job.state, progress: job.progress, steps: job.steps, log }
    : { state, progress: state === 'done' ? 1 : progress, steps: [...steps.values()], log }
}
