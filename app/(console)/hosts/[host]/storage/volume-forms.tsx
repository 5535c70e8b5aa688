'use client'
import { useTranslations } from 'next-intl'
import { useRouter } from 'next/navigation'
import { type ReactNode, useId, useState } from 'react'
import { ProblemNotice } from '@/components/parts/problem-notice.tsx'
import { Button } from '@/components/ui/button.tsx'
import { Dialog } from '@/components/ui/dialog.tsx'
import { SelectField, TextField } from '@/components/ui/field.tsx'
import { useToast } from '@/components/ui/toast.tsx'
import type { StoragePool, Volume } from '@/lib/contract/storage.ts'
import { isFilePool } from '@/lib/vm/pool.ts'
import { sizeText, type VolumeFormat, volumeFormats } from '@/lib/vm/volume.ts'
import { ProblemError } from '@/lib/wire/problem-error.ts'
import { useCloneVolume, useMakeVolume, usePools, useResizeVolume } from '@/lib/wire/storage.ts'
import { useCurrentHost } from '../current-host.tsx'

const gibibyte = 1024 ** 3

/** A size typed in GiB, as bytes that a disk can have; null when it is no size. */
function bytesOf(text: string): number | null {
  const size = Number(text.trim().replace(',', '.'))
  return text.trim() !== '' && Number.isFinite(size) && size > 0 ? Math.round((size * gibibyte) / 512) * 512 : null
}

const fieldError = (error: Error | null, field: string): string | undefined =>
  error instanceof ProblemError ? error.fields.find((one) => one.field === field)?.message : undefined

/** The error, unless a field shows it. */
const elsewhere = (error: Error | null): Error | null =>
  error instanceof ProblemError && error.fields.length > 0 ? null : error

function FormDialog({
  title,
  description,
  action,
  pending,
  error,
  onSubmit,
  onClose,
  children,
}: {
  title: string
  description?: string
  action: string
  pending: boolean
  error: Error | null
  onSubmit: () => void
  onClose: () => void
  children: ReactNode
}) {
  const ui = useTranslations('ui')
  const formId = useId()
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose()
      }}
      title={title}
      {...(description === undefined ? {} : { description })}
      footer={
        <>
          <Button onClick={onClose}>{ui('cancel')}</Button>
          <Button type="submit" form={formId} variant="primary" pending={pending}>
            {action}
          </Button>
        </>
      }
    >
      <form
        id={formId}
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          onSubmit()
        }}
      >
        {children}
        {elsewhere(error) !== null && <ProblemNotice error={elsewhere(error) ?? new Error()} />}
      </form>
    </Dialog>
  )
}

export function NewVolume({ pool, onClose }: { pool: StoragePool; onClose: () => void }) {
  const t = useTranslations('storage')
  const host = useCurrentHost()
  const toast = useToast()
  const make = useMakeVolume(host.name, pool.name)
  const isFile = isFilePool(pool.kind)
  const [name, setName] = useState('')
  const [size, setSize] = useState('20')
  const [format, setFormat] = useState<VolumeFormat>('qcow2')
  const [preallocate, setPreallocate] = useState(false)
  const [isWrong, setWrong] = useState(false)
  return (
    <FormDialog
      title={t('newVolumeTitle', { pool: pool.name })}
      action={t('makeVolume')}
      pending={make.isPending}
      error={make.error}
      onClose={onClose}
      onSubmit={() => {
        const capacityBytes = bytesOf(size)
        setWrong(capacityBytes === null)
        if (capacityBytes === null) return
        make.mutate(
          { name, capacityBytes, format: isFile ? format : null, preallocate: format === 'raw' && preallocate },
          {
            onSuccess: (volume) => {
              toast('ok', t('volumeMade', { volume: volume.name }))
              onClose()
            },
          },
        )
      }}
    >
      <TextField
        label={t('name')}
        mono
        value={name}
        placeholder={isFile ? `disk.${format}` : 'disk'}
        error={fieldError(make.error, 'name')}
        onChange={(event) => setName(event.target.value)}
      />
      <TextField
        label={t('sizeGiB')}
        mono
        inputMode="decimal"
        value={size}
        error={isWrong ? t('notASize') : fieldError(make.error, 'capacityBytes')}
        onChange={(event) => setSize(event.target.value)}
      />
      {isFile && (
        <SelectField
          label={t('format')}
          value={format}
          hint={t(`formatHints.${format}`)}
          error={fieldError(make.error, 'format')}
          onChange={(event) => setFormat(event.target.value === 'raw' ? 'raw' : 'qcow2')}
          options={volumeFormats.map((value) => ({ value, label: value }))}
        />
      )}
      {isFile && format === 'raw' && (
        <label className="flex items-center gap-2">
          <input
            type="checkbox"
            className="accent-accent"
            checked={preallocate}
            onChange={(event) => setPreallocate(event.target.checked)}
          />
          {t('preallocate')}
        </label>
      )}
    </FormDialog>
  )
}

export function ResizeVolume({ volume, onClose }: { volume: Volume; onClose: () => void }) {
  const t = useTranslations('storage')
  const host = useCurrentHost()
  const toast = useToast()
  const resize = useResizeVolume(host.name, volume.pool)
  const [size, setSize] = useState(String(Math.round((volume.capacityBytes / gibibyte) * 100) / 100))
  const [isWrong, setWrong] = useState(false)
  return (
    <FormDialog
      title={t('resizeTitle', { volume: volume.name })}
      description={t('resizeText', { size: sizeText(volume.capacityBytes) })}
      action={t('resize')}
      pending={resize.isPending}
      error={resize.error}
      onClose={onClose}
      onSubmit={() => {
        const capacityBytes = bytesOf(size)
        setWrong(capacityBytes === null)
        if (capacityBytes === null) return
        resize.mutate(
          { volume: volume.name, capacityBytes },
          {
            onSuccess: () => {
              toast('ok', t('resized', { volume: volume.name, size: sizeText(capacityBytes) }))
              onClose()
            },
          },
        )
      }}
    >
      <TextField
        label={t('sizeGiB')}
        mono
        inputMode="decimal"
        value={size}
        error={isWrong ? t('notASize') : fieldError(resize.error, 'capacityBytes')}
        onChange={(event) => setSize(event.target.value)}
      />
    </FormDialog>
  )
}

export function CloneVolume({ volume, onClose }: { volume: Volume; onClose: () => void }) {
  const t = useTranslations('storage')
  const host = useCurrentHost()
  const router = useRouter()
  const pools = usePools(host.name).data?.items ?? []
  const clone = useCloneVolume(host.name, volume.pool)
  const [name, setName] = useState(copyName(volume.name))
  const [pool, setPool] = useState(volume.pool)
  const [format, setFormat] = useState<VolumeFormat>(volume.format === 'qcow2' ? 'qcow2' : 'raw')
  const target = pools.find((one) => one.name === pool)
  const isFile = target === undefined || isFilePool(target.kind)
  return (
    <FormDialog
      title={t('cloneTitle', { volume: volume.name })}
      description={t('cloneText')}
      action={t('clone')}
      pending={clone.isPending}
      error={clone.error}
      onClose={onClose}
      onSubmit={() =>
        clone.mutate(
          { volume: volume.name, asked: { name, pool, format: isFile ? format : null } },
          { onSuccess: ({ id }) => router.push(`/jobs/${id}`) },
        )
      }
    >
      <TextField
        label={t('name')}
        mono
        value={name}
        error={fieldError(clone.error, 'name')}
        onChange={(event) => setName(event.target.value)}
      />
      <SelectField
        label={t('intoPool')}
        value={pool}
        onChange={(event) => setPool(event.target.value)}
        options={pools.filter(({ state }) => state !== 'inactive').map((one) => ({ value: one.name, label: one.name }))}
      />
      {isFile && (
        <SelectField
          label={t('format')}
          value={format}
          onChange={(event) => setFormat(event.target.value === 'raw' ? 'raw' : 'qcow2')}
          options={volumeFormats.map((value) => ({ value, label: value }))}
        />
      )}
    </FormDialog>
  )
}

function copyName(name: string): string {
  const dot = name.lastIndexOf('.')
  return dot > 0 ? `${name.slice(0, dot)}-copy${name.slice(dot)}` : `${name}-copy`
}
