import type { Metadata } from 'next'
import { getTranslations } from 'next-intl/server'
import { Claim } from './claim.tsx'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('account'))('setup.title') }
}

export default function SetupPage() {
  return <Claim />
}
