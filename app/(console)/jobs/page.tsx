import type { Metadata } from 'next'
import { getTranslations } from 'next-intl/server'
import { Jobs } from './jobs.tsx'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('jobs'))('title') }
}

export default function JobsPage() {
  return <Jobs />
}
