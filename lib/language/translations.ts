/** The catalogues, each made into a phrase book when first somebody speaks its language. English needs none. */
import { phraseBook, type Translate } from './phrase-book.ts'
import { checks } from './zh-cn/checks.ts'
import { hosts } from './zh-cn/hosts.ts'
import { networks } from './zh-cn/networks.ts'
import { program } from './zh-cn/program.ts'
import { storage } from './zh-cn/storage.ts'
import { vmMaking } from './zh-cn/vm-making.ts'
import { vms } from './zh-cn/vms.ts'
import { words } from './zh-cn/words.ts'
import { zod } from './zh-cn/zod.ts'

/** What lib/ says itself, by area; a test holds it against the sources. */
export const chinese: Readonly<Record<string, string>> = {
  ...words,
  ...program,
  ...hosts,
  ...checks,
  ...networks,
  ...storage,
  ...vms,
  ...vmMaking,
}

let book: Translate | null = null

/** What says English sentences in this language, or null for English itself. */
export function translationTo(locale: string): Translate | null {
  if (locale !== 'zh-CN') return null
  return (book ??= phraseBook({ ...zod, ...chinese }))
}
