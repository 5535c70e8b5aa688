import type { Metadata } from 'next'
import { getTranslations } from 'next-intl/server'
import { nextPath } from '@/components/account/next-path.ts'
import { SignIn } from './sign-in.tsx'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('account'))('signIn.title') }
}

interface Props {
  searchParams: Promise<Record<string, string | string[] | undefined>>
}

export default async function LoginPage({ searchParams }: Props) {
  const { next } = await searchParams
  return <SignIn next={nextPath(typeof next === 'string' ? next : null)} />
}
