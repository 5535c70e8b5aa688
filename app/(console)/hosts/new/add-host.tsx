'use client'
import { useTranslations } from 'next-intl'
import { useState } from 'react'
import { PageTitle } from '@/components/shell/page-title.tsx'
import { Notice } from '@/components/ui/notice.tsx'
import type { HostKeyInfo } from '@/lib/contract/hosts.ts'
import { useMe } from '@/lib/wire/queries.ts'
import { AddressStep, type FoundHost } from './address-step.tsx'
import { SignInStep } from './sign-in-step.tsx'

/** Two steps: who answers there, and how to sign in. Nothing typed is lost by going back. */
export function AddHost() {
  const t = useTranslations('hosts')
  const { data: me } = useMe()
  const [found, setFound] = useState<FoundHost | null>(null)
  const [trusted, setTrusted] = useState<HostKeyInfo | null>(null)
  const reason = me?.refusals['host.add']
  return (
    <>
      <PageTitle title={t('add')} />
      {reason === undefined ? (
        <div className="flex max-w-180 flex-col gap-6">
          <AddressStep
            found={found}
            trusted={trusted}
            onFound={(next) => {
              setFound(next)
              setTrusted(null)
            }}
            onTrust={setTrusted}
          />
          {found !== null && trusted !== null && <SignInStep found={found} fingerprint={trusted.fingerprint} />}
        </div>
      ) : (
        <Notice tone="warn" title={reason} />
      )}
    </>
  )
}
