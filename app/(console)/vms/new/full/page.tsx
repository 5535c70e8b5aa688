import type { Metadata } from 'next'
import { getTranslations } from 'next-intl/server'
import { FullForm } from './full-form.tsx'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('vm-create'))('newVm') }
}

export default function FullFormPage() {
  return <FullForm />
}
