import type { Metadata } from 'next'
import { getTranslations } from 'next-intl/server'
import { Vms } from './vms.tsx'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('vms'))('title') }
}

export default function VmsPage() {
  return <Vms />
}
