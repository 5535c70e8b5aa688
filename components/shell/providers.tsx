'use client'
import { CSPProvider } from '@base-ui/react/csp-provider'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { NuqsAdapter } from 'nuqs/adapters/next/app'
import { type ReactNode, useState } from 'react'
import { Toasts } from '@/components/ui/toast.tsx'
import { TooltipProvider } from '@/components/ui/tooltip.tsx'
import { ProblemError } from '@/lib/wire/problem-error.ts'

/** A refusal stays a refusal; only what may be over soon is tried again. */
const isWorthRetrying = (failures: number, error: Error): boolean =>
  failures < 2 &&
  !(error instanceof ProblemError && ((error.status >= 400 && error.status < 500) || error.code === 'not-set-up'))

const makeClient = () =>
  new QueryClient({
    defaultOptions: { queries: { staleTime: 10_000, retry: isWorthRetrying }, mutations: { retry: 0 } },
  })

export function Providers({ nonce, children }: { nonce: string | undefined; children: ReactNode }) {
  const [client] = useState(makeClient)
  return (
    <CSPProvider nonce={nonce} disableStyleElements>
      <QueryClientProvider client={client}>
        <NuqsAdapter>
          <TooltipProvider delay={400}>
            <Toasts>{children}</Toasts>
          </TooltipProvider>
        </NuqsAdapter>
      </QueryClientProvider>
    </CSPProvider>
  )
}
