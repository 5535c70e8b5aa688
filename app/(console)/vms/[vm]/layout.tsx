import type { Metadata } from 'next'
import type { ReactNode } from 'react'
import { VmFrame } from './vm-frame.tsx'

interface Props {
  params: Promise<{ vm: string }>
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: decodeURIComponent((await params).vm) }
}

export default async function VmLayout({ params, children }: Props & { children: ReactNode }) {
  return <VmFrame reference={decodeURIComponent((await params).vm)}>{children}</VmFrame>
}
