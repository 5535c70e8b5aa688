'use client'
import { useTranslations } from 'next-intl'
import { useState } from 'react'
import { Button } from '@/components/ui/button.tsx'
import { SelectField } from '@/components/ui/field.tsx'
import { useProblemToast } from '@/components/parts/problem-notice.tsx'
import { useToast } from '@/components/ui/toast.tsx'
import { useMe } from '@/lib/wire/queries.ts'
import { useChoices, useUsualPresets } from '@/lib/wire/vm-create.ts'

/** Makes small, medium and large, from an image that a host has or with empty disks. */
export function UsualPresets() {
  const t = useTranslations('vm-create')
  const toast = useToast()
  const failed = useProblemToast()
  const reason = useMe().data?.refusals['preset.manage'] ?? null
  const hosts = useChoices(null).data?.items ?? []
  const images = [
    ...new Set(hosts.flatMap((host) => host.images.filter(({ kind }) => kind === 'disk').map(({ volume }) => volume))),
  ].toSorted()
  const [image, setImage] = useState('')
  const make = useUsualPresets()
  return (
    <div className="flex flex-wrap items-end gap-3">
      <SelectField
        label={t('usualImage')}
        value={image}
        options={[{ value: '', label: t('emptyDisks') }, ...images.map((value) => ({ value, label: value }))]}
        onChange={({ target }) => setImage(target.value)}
      />
      <Button
        variant="primary"
        pending={make.isPending}
        disabledReason={reason}
        onClick={() =>
          make.mutate(image === '' ? null : image, {
            onSuccess: () => toast('ok', t('usualMade')),
            onError: failed,
          })
        }
      >
        {t('makeUsual')}
      </Button>
    </div>
  )
}
