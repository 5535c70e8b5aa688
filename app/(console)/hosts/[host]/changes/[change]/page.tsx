import { ChangePage } from './change.tsx'

export default async function OneChangePage({ params }: { params: Promise<{ change: string }> }) {
  return <ChangePage id={decodeURIComponent((await params).change)} />
}
