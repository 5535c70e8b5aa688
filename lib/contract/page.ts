import * as z from 'zod'

/** A list, whole. */
export const listOf = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item) })

/** A page of a list, newest first. `next` goes into `after` of the next request; null on the last page. */
export const pageOf = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item), next: z.string().nullable() })

export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(500).default(100),
  after: z.string().max(64).optional(),
}
