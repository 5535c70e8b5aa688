import type { Metadata } from 'next'
import { getTranslations } from 'next-intl/server'
import { JobPage } from './job.tsx'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('jobs'))('job') }
}

export default async function Page({ params }: { params: Promise<{ job: string }> }) {
  return <JobPage id={(await params).job} />
}
