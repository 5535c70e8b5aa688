import { ConsolePage } from './console-page.tsx'

export default async function VmConsolePage({ params }: { params: Promise<{ vm: string }> }) {
  return <ConsolePage reference={decodeURIComponent((await params).vm)} />
}
