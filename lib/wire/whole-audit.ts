import type { AuditEntry } from '../contract/audit.ts'
import { api, given } from './client.ts'
import type { AuditFilter } from './queries.ts'

/** A browser holds so many with ease; who needs more narrows the filter, or asks the API page by page. */
export const wholeLimit = 20_000
const pageSize = 500

/** Every entry the filter lets through, newest first, page after page; at most `wholeLimit`. */
export async function wholeAudit(filter: AuditFilter): Promise<AuditEntry[]> {
  const entries: AuditEntry[] = []
  let after: string | null = null
  do {
    const query = { ...filter, limit: String(pageSize), ...(after === null ? {} : { after }) }
    const page: { items: AuditEntry[]; next: string | null } = await given(api.audit.$get({ query }))
    entries.push(...page.items)
    after = page.next
  } while (after !== null && entries.length < wholeLimit)
  return entries.slice(0, wholeLimit)
}
