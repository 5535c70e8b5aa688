import { redirect } from 'next/navigation'

export default async function HostPage({ params }: { params: Promise<{ host: string }> }) {
  redirect(`/hosts/${(await params).host}/live`)
}
