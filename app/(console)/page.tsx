import type { Metadata } from 'next'
import { getTranslations } from 'next-intl/server'
import { Fleet } from './fleet.tsx'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('fleet'))('title') }
}

export default function FleetPage() {
  return <Fleet />
}
