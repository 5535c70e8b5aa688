import type { Metadata } from 'next'
import { ConsoleWindow } from './console-window.tsx'

interface Props {
  params: Promise<{ vm: string }>
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: decodeURIComponent((await params).vm) }
}

export default async function VmConsoleWindowPage({ params }: Props) {
  return <ConsoleWindow reference={decodeURIComponent((await params).vm)} />
}
