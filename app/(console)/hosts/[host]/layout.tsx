import type { Metadata } from 'next'
import type { ReactNode } from 'react'
import { HostFrame } from './host-frame.tsx'

interface Props {
  params: Promise<{ host: string }>
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: decodeURIComponent((await params).host) }
}

export default async function HostLayout({ params, children }: Props & { children: ReactNode }) {
  return <HostFrame reference={decodeURIComponent((await params).host)}>{children}</HostFrame>
}
