'use client'
import { useTranslations } from 'next-intl'
import { useRouter } from 'next/navigation'
import { useId } from 'react'
import { useForm, useWatch } from 'react-hook-form'
import { ProblemNotice } from '@/components/parts/problem-notice.tsx'
import { Button } from '@/components/ui/button.tsx'
import { SidePanel } from '@/components/ui/dialog.tsx'
import { RadioCards, SelectField, TextField } from '@/components/ui/field.tsx'
import { placeFieldErrors, unplaced } from '@/components/ui/form-problem.ts'
import type { FetchImage, StoragePool } from '@/lib/contract/storage.ts'
import { addressRefusal, nameOfAddress } from '@/lib/vm/image-address.ts'
import { sizeText } from '@/lib/vm/volume.ts'
import { useFetchImage } from '@/lib/wire/storage.ts'
import { useCurrentHost } from '../current-host.tsx'
import { checksumOf } from './upload-form.tsx'

interface Form {
  url: string
  name: string
  pool: string
  check: 'published' | 'sum' | 'none'
  sumsUrl: string
  algorithm: 'sha256' | 'sha512'
  sum: string
}
const fields = ['url', 'name', 'pool'] as const

/** Lets the host fetch an image. */
export function FetchPanel({
  pools,
  from,
  onClose,
}: {
  pools: StoragePool[]
  /** Of the catalogue. */
  from: { url: string; sumsUrl: string; algorithm: 'sha256' | 'sha512'; name: string } | null
  onClose: () => void
}) {
  const t = useTranslations('storage')
  const ui = useTranslations('ui')
  const host = useCurrentHost()
  const router = useRouter()
  const formId = useId()
  const fetching = useFetchImage(host.name)
  const form = useForm<Form>({
    defaultValues: {
      url: from?.url ?? '',
      name: from?.name ?? '',
      pool: pools[0]?.name ?? '',
      check: 'published',
      sumsUrl: from?.sumsUrl ?? '',
      algorithm: from?.algorithm ?? 'sha256',
      sum: '',
    },
  })
  const [check, url] = useWatch({ control: form.control, name: ['check', 'url'] })
  const { errors } = form.formState
  const rest = unplaced(fetching.error, [...fields, 'checksum.sumsUrl'])
  const send = (values: Form) => {
    const sum = checksumOf(values.sum)
    if (values.check === 'sum' && (sum === undefined || sum === null))
      return form.setError('sum', { message: t('notASum') })
    const checksum: FetchImage['checksum'] =
      values.check === 'none'
        ? null
        : values.check === 'sum'
          ? (sum ?? null)
          : { algorithm: values.algorithm, sumsUrl: values.sumsUrl }
    fetching.mutate(
      { url: values.url, pool: values.pool, name: values.name.trim() === '' ? null : values.name, checksum },
      {
        onSuccess: ({ id }) => router.push(`/jobs/${id}`),
        onError: (failure) => {
          placeFieldErrors(failure, fields, form.setError)
          placeSumsError(failure)
        },
      },
    )
  }
  const placeSumsError = (failure: Error) => {
    const sentence = 'fields' in failure ? sumsErrorOf(failure.fields) : undefined
    if (sentence !== undefined) form.setError('sumsUrl', { message: sentence })
  }
  return (
    <SidePanel
      open
      onOpenChange={onClose}
      title={t('fetchTitle', { host: host.name })}
      description={t('fetchText')}
      footer={
        <>
          <Button onClick={onClose}>{ui('cancel')}</Button>
          <Button type="submit" form={formId} variant="primary" pending={fetching.isPending}>
            {t('fetchNow')}
          </Button>
        </>
      }
    >
      <form
        id={formId}
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(event) => void form.handleSubmit(send)(event)}
      >
        <TextField label={t('url')} mono error={errors.url?.message} {...form.register('url')} />
        <TextField
          label={t('name')}
          mono
          hint={t('imageNameHint')}
          placeholder={addressRefusal(url) === null ? nameOfAddress(url) : ''}
          error={errors.name?.message}
          {...form.register('name')}
        />
        <SelectField
          label={t('pool')}
          error={errors.pool?.message}
          options={pools.map((one) => ({
            value: one.name,
            label: `${one.name} (${t('freeText', { size: sizeText(one.availableBytes ?? 0) })})`,
          }))}
          {...form.register('pool')}
        />
        <RadioCards
          label={t('check')}
          name="check"
          stacked
          value={check}
          onChange={(next) => form.setValue('check', next)}
          options={(['published', 'sum', 'none'] as const).map((value) => ({
            value,
            label: t(`checks.${value}`),
            hint: t(`checkHints.${value}`),
          }))}
        />
        {check === 'published' && (
          <>
            <TextField label={t('sumsUrl')} mono error={errors.sumsUrl?.message} {...form.register('sumsUrl')} />
            <SelectField
              label={t('algorithm')}
              options={[
                { value: 'sha256', label: 'SHA-256' },
                { value: 'sha512', label: 'SHA-512' },
              ]}
              {...form.register('algorithm')}
            />
          </>
        )}
        {check === 'sum' && (
          <TextField label={t('sum')} mono hint={t('sumKinds')} error={errors.sum?.message} {...form.register('sum')} />
        )}
        {rest !== null && <ProblemNotice error={rest} />}
      </form>
    </SidePanel>
  )
}

const sumsErrorOf = (errors: unknown): string | undefined =>
  (errors as { field: string; message: string }[]).find(({ field }) => field === 'checksum.sumsUrl')?.message
