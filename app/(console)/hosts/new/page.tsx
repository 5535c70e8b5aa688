import type { Metadata } from 'next'
import { getTranslations } from 'next-intl/server'
import { AddHost } from './add-host.tsx'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('hosts'))('add') }
}

export default function AddHostPage() {
  return <AddHost />
}
