import { tagSchema } from '@/lib/contract/hosts.ts'

/** Tags as a person writes them: apart by spaces or commas. */
export const tagsOf = (text: string): string[] => text.split(/[\s,]+/).filter(Boolean)

/** Why one of them is no tag, a sentence; null when all are. */
export function tagsProblem(text: string): string | null {
  for (const tag of tagsOf(text)) {
    const parsed = tagSchema.safeParse(tag)
    if (!parsed.success) return parsed.error.issues[0]?.message ?? null
  }
  return null
}
