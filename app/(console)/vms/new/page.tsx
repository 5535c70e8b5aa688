import type { Metadata } from 'next'
import { getTranslations } from 'next-intl/server'
import { QuickVm } from './quick-vm.tsx'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('vm-create'))('newVm') }
}

export default function NewVmPage() {
  return <QuickVm />
}
