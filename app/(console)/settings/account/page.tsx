import type { Metadata } from 'next'
import { getTranslations } from 'next-intl/server'
import { Account } from './account.tsx'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('settings'))('tabs.account') }
}

export default function AccountPage() {
  return <Account />
}
