'use client'
import { usePathname, useRouter } from 'next/navigation'
import { type ReactNode, useEffect, useRef } from 'react'
import { ProblemNotice } from '@/components/parts/problem-notice.tsx'
import { Skeleton } from '@/components/ui/empty.tsx'
import { useLiveCache } from '@/lib/wire/live.ts'
import { ProblemError } from '@/lib/wire/problem-error.ts'
import { useMe } from '@/lib/wire/queries.ts'

/** Shows the page to those who are signed in; shows others where to go. */
export function Gate({ children }: { children: ReactNode }) {
  const router = useRouter()
  const pathname = usePathname()
  const me = useMe()
  const problem = me.error instanceof ProblemError ? me.error : null
  const signedOut = problem?.status === 401
  const unclaimed = problem?.code === 'not-set-up'
  useEffect(() => {
    // Before the first admin exists there is nothing to sign in to.
    if (unclaimed) router.replace('/setup')
    else if (signedOut) router.replace(`/login?next=${encodeURIComponent(pathname + window.location.search)}`)
  }, [unclaimed, signedOut, pathname, router])
  if (me.data !== undefined) return <SignedIn>{children}</SignedIn>
  if (me.error !== null && !signedOut && !unclaimed)
    return <ProblemNotice error={me.error} onRetry={() => void me.refetch()} />
  return <Skeleton rows={6} />
}

function SignedIn({ children }: { children: ReactNode }) {
  useLiveCache()
  useFocusOnArrival()
  return children
}

/** After a navigation the focus is on the page's title, so that the keyboard and screen readers begin there. */
function useFocusOnArrival(): void {
  const pathname = usePathname()
  const last = useRef(pathname)
  useEffect(() => {
    if (last.current === pathname) return
    last.current = pathname
    const main = document.querySelector('main')
    const focus = (): boolean => {
      const title = main?.querySelector<HTMLElement>('h1')
      title?.focus()
      return title !== null && title !== undefined
    }
    if (main === null || focus()) return
    // The title of a host's page comes with its data.
    const observer = new MutationObserver(() => {
      if (focus()) observer.disconnect()
    })
    observer.observe(main, { childList: true, subtree: true })
    return () => observer.disconnect()
  }, [pathname])
}
