'use client'
import { useTranslations } from 'next-intl'
import { type DragEvent, useId, useRef, useState } from 'react'
import { Button } from '@/components/ui/button.tsx'
import { SidePanel } from '@/components/ui/dialog.tsx'
import { SelectField, TextField } from '@/components/ui/field.tsx'
import type { Checksum, StoragePool } from '@/lib/contract/storage.ts'
import { imageNameRefusal } from '@/lib/vm/image-file.ts'
import { isSum } from '@/lib/vm/image-sums.ts'
import { sizeText, spaceRefusal, volumeNameOf, volumeNameRefusal } from '@/lib/vm/volume.ts'
import { uploads } from '@/lib/wire/uploads.ts'
import { useCurrentHost } from '../current-host.tsx'

/** A sum by its length: null for none, undefined for what is none. */
export function checksumOf(text: string): Checksum | null | undefined {
  const value = text.trim().toLowerCase()
  if (value === '') return null
  if (isSum('sha256', value)) return { algorithm: 'sha256', value }
  return isSum('sha512', value) ? { algorithm: 'sha512', value } : undefined
}

/** Chooses a file, a pool and a name; the upload itself goes on outside, whatever page is open. */
export function UploadPanel({
  pools,
  onChanged,
  onClose,
}: {
  pools: StoragePool[]
  onChanged: () => void
  onClose: () => void
}) {
  const t = useTranslations('storage')
  const ui = useTranslations('ui')
  const host = useCurrentHost()
  const formId = useId()
  const [file, setFile] = useState<File | null>(null)
  const [name, setName] = useState('')
  const [pool, setPool] = useState(pools[0]?.name ?? '')
  const [sum, setSum] = useState('')
  const [isAsked, setAsked] = useState(false)
  const free = pools.find((one) => one.name === pool)?.availableBytes ?? null
  const checksum = checksumOf(sum)
  const wrong = {
    file: file === null ? t('chooseFile') : file.size === 0 ? t('emptyFile') : null,
    name: volumeNameRefusal(name) ?? imageNameRefusal(name),
    pool: file === null || free === null ? null : spaceRefusal(file.size, free),
    sum: checksum === undefined ? t('notASum') : null,
  }
  const shown = (sentence: string | null) => (isAsked && sentence !== null ? { error: sentence } : {})
  const take = (chosen: File | null | undefined) => {
    if (chosen === null || chosen === undefined) return
    setFile(chosen)
    setName(volumeNameOf(chosen.name))
  }
  return (
    <SidePanel
      open
      onOpenChange={onClose}
      title={t('uploadTitle', { host: host.name })}
      description={t('uploadText')}
      footer={
        <>
          <Button onClick={onClose}>{ui('cancel')}</Button>
          <Button type="submit" form={formId} variant="primary">
            {t('upload')}
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
          setAsked(true)
          if (file === null || checksum === undefined || Object.values(wrong).some((one) => one !== null)) return
          uploads().start({ host: host.name, pool, name, file, checksum, onChanged })
          onClose()
        }}
      >
        <DropZone file={file} error={isAsked ? wrong.file : null} onTake={take} />
        <TextField
          label={t('name')}
          mono
          value={name}
          hint={t('imageNameHint')}
          {...(file === null ? {} : shown(wrong.name))}
          onChange={(event) => setName(event.target.value)}
        />
        <SelectField
          label={t('pool')}
          value={pool}
          {...(wrong.pool === null ? {} : { error: wrong.pool })}
          onChange={(event) => setPool(event.target.value)}
          options={pools.map((one) => ({
            value: one.name,
            label: `${one.name} (${t('freeText', { size: sizeText(one.availableBytes ?? 0) })})`,
          }))}
        />
        <TextField
          label={t('sum')}
          mono
          value={sum}
          hint={t('sumHint')}
          {...shown(wrong.sum)}
          onChange={(event) => setSum(event.target.value)}
        />
      </form>
    </SidePanel>
  )
}

function DropZone({
  file,
  error,
  onTake,
}: {
  file: File | null
  error: string | null
  onTake: (file: File | undefined) => void
}) {
  const t = useTranslations('storage')
  const input = useRef<HTMLInputElement>(null)
  const inputId = useId()
  const [isOver, setOver] = useState(false)
  const over = (is: boolean) => (event: DragEvent) => {
    event.preventDefault()
    setOver(is)
  }
  return (
    <div className="flex flex-col gap-1">
      <div
        onDragOver={over(true)}
        onDragLeave={over(false)}
        onDrop={(event) => {
          over(false)(event)
          onTake(event.dataTransfer.files[0])
        }}
        className={`flex flex-col items-center gap-2 rounded-base border border-dashed px-4 py-6 text-center ${isOver ? 'border-accent bg-hover' : 'border-line-strong'}`}
      >
        {file === null ? (
          <span className="text-ink-2">{t('drop')}</span>
        ) : (
          <span className="wrap-anywhere">
            <span className="font-bold">{file.name}</span>{' '}
            <span className="figures text-ink-2">{sizeText(file.size)}</span>
          </span>
        )}
        <label htmlFor={inputId} className="sr-only">
          {t('file')}
        </label>
        <input
          ref={input}
          id={inputId}
          type="file"
          tabIndex={-1}
          className="sr-only"
          onChange={(event) => onTake(event.target.files?.[0])}
        />
        <Button onClick={() => input.current?.click()}>{file === null ? t('choose') : t('chooseOther')}</Button>
      </div>
      {error !== null && (
        <p role="alert" className="text-12 text-bad">
          {error}
        </p>
      )}
    </div>
  )
}
