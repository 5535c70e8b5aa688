'use client'
import { useLocale } from 'next-intl'
import { useEffect, useState } from 'react'
import type { Translate } from '@/lib/language/phrase-book.ts'

let translate: Translate | null = null

/**
 * A sentence of lib/ in the page's language. The API's come translated; only what this page found out itself does not,
 * and only then is the catalogue fetched.
 */
export function Spoken({ text }: { text: string }) {
  const isForeign = useLocale() !== 'en' && !/\p{Script=Han}/u.test(text)
  const [said, setSaid] = useState(() => translate)
  useEffect(() => {
    if (!isForeign || said !== null) return
    let isGone = false
    void import('@/lib/language/translations.ts').then(({ translationTo }) => {
      translate = translationTo('zh-CN')
      if (!isGone) setSaid(() => translate)
    })
    return () => {
      isGone = true
    }
  }, [isForeign, said])
  return isForeign && said !== null ? said(text) : text
}
