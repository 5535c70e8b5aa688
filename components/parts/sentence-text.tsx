'use client'
import { useLocale, useTranslations } from 'next-intl'
import type { Sentence } from '@/lib/net/sentences.ts'

/** A sentence of a plan, as the API gives it: the code may be newer than this page. */
export type SpokenSentence = Omit<Sentence, 'code'> & { code: string }

/** What a setting of a link is called, e.g. `forwardDelaySeconds`. */
export function useSettingName(): (setting: string) => string {
  const t = useTranslations('network.settings')
  return (setting) => {
    const key = setting.replaceAll('.', '-')
    return t.has(key) ? t(key) : setting
  }
}

/** Says sentences of plans in the page's language; what has no translation yet is said in English. */
export function useSentence(): (sentence: SpokenSentence) => string {
  const locale = useLocale()
  const t = useTranslations('plan')
  const nameOf = useSettingName()
  return ({ code, values, text }) => {
    const { setting } = values
    const name = typeof setting === 'string' ? nameOf(setting) : null
    if (!t.has(code) || (locale === 'en' && name === null)) return text
    const said = t(code, name === null ? values : { ...values, setting: name })
    return said.charAt(0).toUpperCase() + said.slice(1)
  }
}

export function SentenceText({ sentence }: { sentence: SpokenSentence }) {
  const say = useSentence()
  return say(sentence)
}
