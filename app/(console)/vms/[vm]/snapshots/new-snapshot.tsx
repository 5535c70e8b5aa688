'use client'
import { useTranslations } from 'next-intl'
import { useState } from 'react'
import { ProblemNotice } from '@/components/parts/problem-notice.tsx'
import { Button } from '@/components/ui/button.tsx'
import { Dialog } from '@/components/ui/dialog.tsx'
import { Checkbox, RadioCards, TextAreaField, TextField } from '@/components/ui/field.tsx'
import type { VmSnapshotList } from '@/lib/contract/vm-snapshots.ts'
import { ProblemError } from '@/lib/wire/problem-error.ts'
import { useTakeSnapshot } from '@/lib/wire/vm-snapshots.ts'

const kinds = ['internal', 'external'] as const
type Kind = (typeof kinds)[number]

/** Name and kind; what will happen to the VM is said before it does. */
export function NewSnapshotDialog({
  reference,
  offer,
  onStarted,
  onClose,
}: {
  reference: string
  offer: VmSnapshotList['offer']
  onStarted: (job: string) => void
  onClose: () => void
}) {
  const t = useTranslations('vm-snapshots')
  const ui = useTranslations('ui')
  const take = useTakeSnapshot(reference)
  const [name, setName] = useState('')
  const [description, setDescription] = useState('')
  const [kind, setKind] = useState<Kind>(offer.internal === null ? 'internal' : 'external')
  const [quiesce, setQuiesce] = useState(offer.canQuiesce)
  const possible = kinds.filter((one) => offer[one] === null)
  const refused = kinds.find((one) => offer[one] !== null)
  const errorOf = (field: string): string | undefined =>
    take.error instanceof ProblemError ? take.error.fields.find((one) => one.field === field)?.message : undefined
  const isExternal = kind === 'external'
  const effect = isExternal
    ? offer.withMemory
      ? 'externalRunning'
      : 'externalOff'
    : offer.withMemory
      ? 'internalRunning'
      : 'internalOff'
  const submit = () =>
    take.mutate(
      { name, description, kind, quiesce: isExternal && offer.canQuiesce && quiesce },
      {
        onSuccess: ({ id }) => {
          onStarted(id)
          onClose()
        },
      },
    )
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={t('take')}
      footer={
        <>
          <Button onClick={onClose}>{ui('cancel')}</Button>
          <Button
            variant="primary"
            type="submit"
            form="new-snapshot"
            pending={take.isPending}
            disabledReason={name.trim() === '' ? t('needsName') : null}
          >
            {t('takeNow')}
          </Button>
        </>
      }
    >
      <form
        id="new-snapshot"
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          if (name.trim() !== '') submit()
        }}
      >
        <TextField
          label={t('name')}
          hint={t('nameHint')}
          mono
          value={name}
          error={errorOf('name')}
          onChange={({ target }) => setName(target.value)}
        />
        <TextAreaField
          label={t('description')}
          rows={2}
          value={description}
          onChange={({ target }) => setDescription(target.value)}
        />
        {possible.length > 1 && (
          <RadioCards
            label={t('where')}
            name="kind"
            value={kind}
            onChange={setKind}
            options={possible.map((value) => ({
              value,
              label: t(value === 'internal' && offer.withMemory ? 'withMemory' : `kinds.${value}`),
              hint: t(`kindHints.${value}`),
            }))}
          />
        )}
        {isExternal && offer.canQuiesce && (
          <Checkbox
            label={t('quiesce')}
            hint={t('quiesceHint')}
            checked={quiesce}
            onChange={({ target }) => setQuiesce(target.checked)}
          />
        )}
        <p className="text-ink-2" role="status">
          {t(`effects.${effect}`)}
        </p>
        {refused !== undefined && <p className="text-12 text-ink-3">{offer[refused]}</p>}
        {take.error !== null && errorOf('name') === undefined && <ProblemNotice error={take.error} />}
      </form>
    </Dialog>
  )
}
