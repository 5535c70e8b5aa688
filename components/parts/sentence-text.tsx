'use client'
import { useLocale, useTranslations } from 'next-intl'
import type { Sentence } from '@/lib/net/sentences.ts'

/** A sentence of a plan, as the API gives it: the code may be newer than this page. */
export type SpokenSentence = Omit<Sentence, 'code'> & { code: string }

/** Says sentences of plans in the page's language; what has no translation yet is said in English. */
export function useSentence(): (sentence: SpokenSentence) => string {
  const locale = useLocale()
  const t = useTranslations('plan')
  return ({ code, values, text }) => (locale === 'en' || !t.has(code) ? text : t(code, values))
}

export function SentenceText({ sentence }: { sentence: SpokenSentence }) {
  const say = useSentence()
  return say(sentence)
}
