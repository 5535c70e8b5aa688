'use client'
import { useTranslations } from 'next-intl'
import { useId } from 'react'
import { useForm, useWatch } from 'react-hook-form'
import { ProblemNotice } from '@/components/parts/problem-notice.tsx'
import { Button } from '@/components/ui/button.tsx'
import { SidePanel } from '@/components/ui/dialog.tsx'
import { RadioCards, TextField } from '@/components/ui/field.tsx'
import { placeFieldErrors, unplaced } from '@/components/ui/form-problem.ts'
import { useToast } from '@/components/ui/toast.tsx'
import { madePoolKinds, type MadePoolKind, type PoolConfig } from '@/lib/vm/pool.ts'
import { useMakePool } from '@/lib/wire/storage.ts'
import { useCurrentHost } from '../current-host.tsx'

interface Form {
  name: string
  kind: MadePoolKind
  path: string
  host: string
  export: string
  volumeGroup: string
  dataset: string
}
const fields = ['name', 'kind', 'path', 'host', 'export', 'volumeGroup', 'dataset'] as const

function configOf({ kind, name, path, host, export: exported, volumeGroup, dataset }: Form): PoolConfig {
  switch (kind) {
    case 'dir':
      return { name, kind, path }
    case 'netfs':
      return { name, kind, host, export: exported, path }
    case 'logical':
      return { name, kind, volumeGroup }
    case 'zfs':
      return { name, kind, dataset }
  }
}

export function NewPoolPanel({ offered, onClose }: { offered: string[]; onClose: () => void }) {
  const t = useTranslations('storage')
  const ui = useTranslations('ui')
  const host = useCurrentHost()
  const toast = useToast()
  const formId = useId()
  const make = useMakePool(host.name)
  const kinds = madePoolKinds.filter((kind) => offered.includes(kind))
  const form = useForm<Form>({
    defaultValues: {
      name: '',
      kind: kinds[0] ?? 'dir',
      path: '/srv/vms',
      host: '',
      export: '',
      volumeGroup: '',
      dataset: '',
    },
  })
  const kind = useWatch({ control: form.control, name: 'kind' })
  const { errors } = form.formState
  const error = (field: keyof Form) => errors[field]?.message
  const rest = unplaced(make.error, fields)
  return (
    <SidePanel
      open
      onOpenChange={onClose}
      title={t('newPoolTitle', { host: host.name })}
      footer={
        <>
          <Button onClick={onClose}>{ui('cancel')}</Button>
          <Button type="submit" form={formId} variant="primary" pending={make.isPending}>
            {t('makePool')}
          </Button>
        </>
      }
    >
      <form
        id={formId}
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(event) =>
          void form.handleSubmit((values) =>
            make.mutate(configOf(values), {
              onSuccess: ({ name }) => {
                toast('ok', t('poolMade', { pool: name }))
                onClose()
              },
              onError: (failure) => placeFieldErrors(failure, fields, form.setError),
            }),
          )(event)
        }
      >
        <TextField label={t('name')} mono error={error('name')} {...form.register('name')} />
        <RadioCards
          label={t('kind')}
          name="kind"
          stacked
          value={kind}
          onChange={(next) => form.setValue('kind', next)}
          options={kinds.map((value) => ({ value, label: t(`kinds.${value}`), hint: t(`kindHints.${value}`) }))}
        />
        {kind === 'netfs' && (
          <>
            <TextField label={t('server')} mono error={error('host')} {...form.register('host')} />
            <TextField
              label={t('export')}
              mono
              hint={t('exportHint')}
              error={error('export')}
              {...form.register('export')}
            />
          </>
        )}
        {(kind === 'dir' || kind === 'netfs') && (
          <TextField
            label={kind === 'dir' ? t('directory') : t('mountPoint')}
            mono
            hint={t('directoryHint')}
            error={error('path')}
            {...form.register('path')}
          />
        )}
        {kind === 'logical' && (
          <TextField
            label={t('volumeGroup')}
            mono
            hint={t('volumeGroupHint')}
            error={error('volumeGroup')}
            {...form.register('volumeGroup')}
          />
        )}
        {kind === 'zfs' && (
          <TextField
            label={t('dataset')}
            mono
            hint={t('datasetHint')}
            error={error('dataset')}
            {...form.register('dataset')}
          />
        )}
        {rest !== null && <ProblemNotice error={rest} />}
      </form>
    </SidePanel>
  )
}
