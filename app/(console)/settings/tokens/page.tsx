import type { Metadata } from 'next'
import { getTranslations } from 'next-intl/server'
import { Tokens } from './tokens.tsx'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('settings'))('tabs.tokens') }
}

export default function TokensPage() {
  return <Tokens />
}
