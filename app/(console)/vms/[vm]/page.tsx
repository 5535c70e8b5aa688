import { redirect } from 'next/navigation'

export default async function VmPage({ params }: { params: Promise<{ vm: string }> }) {
  redirect(`/vms/${(await params).vm}/overview`)
}
