import * as z from 'zod'

/** RFC 9457, with the members every problem of ours has; some carry more, e.g. both fingerprints. */
export const problemSchema = z
  .looseObject({
    /** `urn:drawbridge:problem:<code>` */
    type: z.string(),
    /** Which failure this is, for programs, e.g. `key-changed`. */
    code: z.string(),
    /** A sentence: the cause and the way out. */
    title: z.string(),
    status: z.number(),
    detail: z.string().optional(),
    /** `urn:drawbridge:request:<id>`; the log names the same id. */
    instance: z.string().optional(),
    /** Fields of the request that are wrong. */
    errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'Problem' })
export type ProblemDocument = z.infer<typeof problemSchema>
