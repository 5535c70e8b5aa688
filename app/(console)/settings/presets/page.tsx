import type { Metadata } from 'next'
import { getTranslations } from 'next-intl/server'
import { Presets } from './presets.tsx'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('settings'))('tabs.presets') }
}

export default function PresetsPage() {
  return <Presets />
}
