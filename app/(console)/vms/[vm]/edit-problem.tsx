'use client'
import { useQueryClient } from '@tanstack/react-query'
import { useTranslations } from 'next-intl'
import { useState } from 'react'
import { ProblemNotice } from '@/components/parts/problem-notice.tsx'
import { Button } from '@/components/ui/button.tsx'
import { Notice } from '@/components/ui/notice.tsx'
import type { VmDetail } from '@/lib/contract/vms.ts'
import { ProblemError } from '@/lib/wire/problem-error.ts'
import { keys } from '@/lib/wire/queries.ts'
import { referenceOf } from '@/lib/wire/vm-power.ts'
import { vmQueries } from '@/lib/wire/vms.ts'

/** An edit made on the same page: it is nobody else's. */
export interface OwnEdit {
  from: string
  to: string
}

/**
 * The etag an edit began with. It stays until the person has read what somebody else did meanwhile.
 * @param isDirty something was typed; before, there is nothing that could be overtaken
 */
export function useEditedFrom(
  vm: VmDetail,
  isDirty = true,
  own: OwnEdit | null = null,
): { etag: string; readAgain: () => Promise<void> } {
  const [etag, setEtag] = useState(vm.etag)
  const cache = useQueryClient()
  if (!isDirty && etag !== vm.etag) setEtag(vm.etag)
  else if (own !== null && etag === own.from && own.to !== own.from) setEtag(own.to)
  return {
    etag,
    readAgain: async () => {
      const read = await cache.fetchQuery({ ...vmQueries.one(referenceOf(vm)), staleTime: 0 })
      await cache.invalidateQueries({ queryKey: keys.vms.all() })
      setEtag(read.etag)
    },
  }
}

/** Why an edit was refused. When somebody was faster: what moved, and a way to go on without typing it all again. */
export function EditProblem({ error, onReadAgain }: { error: Error | null; onReadAgain: () => Promise<void> }) {
  const t = useTranslations('vm-edit')
  const [reading, setReading] = useState(false)
  const [readFor, setReadFor] = useState<Error | null>(null)
  if (error === null) return null
  if (!(error instanceof ProblemError) || error.status !== 409 || !error.code.endsWith('-changed'))
    return <ProblemNotice error={error} />
  if (readFor === error)
    return (
      <Notice tone="ok" title={t('readAgainDone')}>
        {t('readAgainNext')}
      </Notice>
    )
  const readAgain = async () => {
    setReading(true)
    await onReadAgain().finally(() => setReading(false))
    setReadFor(error)
  }
  return (
    <Notice
      tone="warn"
      title={error.message}
      action={
        <Button pending={reading} onClick={() => void readAgain()}>
          {t('readAgain')}
        </Button>
      }
    >
      {error.detail}
    </Notice>
  )
}
