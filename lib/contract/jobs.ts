import * as z from 'zod'

export const jobStateSchema = z.enum(['queued', 'running', 'done', 'failed', 'cancelled'])
export type JobState = z.infer<typeof jobStateSchema>

export const jobStepSchema = z.object({
  id: z.string(),
  title: z.string(),
  state: z.enum(['pending', 'running', 'done', 'failed', 'skipped']),
  startedAt: z.string().nullable(),
  endedAt: z.string().nullable(),
})
export type JobStep = z.infer<typeof jobStepSchema>

export const jobSchema = z
  .object({
    id: z.string(),
    kind: z.string(),
    state: jobStateSchema,
    title: z.string(),
    hostId: z.string().nullable(),
    hostName: z.string().nullable(),
    teamId: z.string(),
    steps: z.array(jobStepSchema),
    /** 0–1. */
    progress: z.number(),
    result: z.unknown().nullable(),
    problem: z.object({ code: z.string(), title: z.string(), detail: z.string().nullable() }).nullable(),
    cancellable: z.boolean(),
    createdBy: z.string(),
    createdAt: z.string(),
    startedAt: z.string().nullable(),
    endedAt: z.string().nullable(),
  })
  .meta({ id: 'Job' })
export type Job = z.infer<typeof jobSchema>

/** `GET /jobs/{job}/events` is SSE: event name = kind, id = seq, data = this. `Last-Event-ID` resumes. */
export const jobEventSchema = z
  .object({
    seq: z.number(),
    at: z.string(),
    kind: z.enum(['log', 'step', 'progress', 'state']),
    data: z.unknown(),
  })
  .meta({ id: 'JobEvent' })
export type JobEvent = z.infer<typeof jobEventSchema>
