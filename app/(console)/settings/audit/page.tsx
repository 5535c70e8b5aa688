import type { Metadata } from 'next'
import { getTranslations } from 'next-intl/server'
import { Audit } from './audit.tsx'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('settings'))('tabs.audit') }
}

export default function AuditPage() {
  return <Audit />
}
