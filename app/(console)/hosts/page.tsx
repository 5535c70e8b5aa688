import type { Metadata } from 'next'
import { getTranslations } from 'next-intl/server'
import { Hosts } from './hosts.tsx'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('hosts'))('title') }
}

export default function HostsPage() {
  return <Hosts />
}
