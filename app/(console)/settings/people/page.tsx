import type { Metadata } from 'next'
import { getTranslations } from 'next-intl/server'
import { People } from './people.tsx'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('settings'))('tabs.people') }
}

export default function PeoplePage() {
  return <People />
}
