'use client'
import { useQueryClient } from '@tanstack/react-query'
import { useTranslations } from 'next-intl'
import { parseAsStringLiteral, useQueryState } from 'nuqs'
import { useCallback, useMemo, useState } from 'react'
import { type Column, DataTable } from '@/components/parts/data-table.tsx'
import { ProblemNotice } from '@/components/parts/problem-notice.tsx'
import { useActions } from '@/components/shell/actions.tsx'
import { Button, IconButton } from '@/components/ui/button.tsx'
import { Confirm } from '@/components/ui/confirm.tsx'
import { Empty, Skeleton } from '@/components/ui/empty.tsx'
import { Menu } from '@/components/ui/menu.tsx'
import { useToast } from '@/components/ui/toast.tsx'
import type { Image, ImageList } from '@/lib/contract/storage.ts'
import { sizeText } from '@/lib/vm/volume.ts'
import { useMe } from '@/lib/wire/queries.ts'
import { storageKeyOf, useDeleteImage, useImages, usePools } from '@/lib/wire/storage.ts'
import { useCurrentHost } from '../current-host.tsx'
import { Catalogue } from './catalogue.tsx'
import { FetchPanel } from './fetch-form.tsx'
import { UploadPanel } from './upload-form.tsx'
import { UploadList } from './upload-list.tsx'
import { UsedBy, useUsersText } from './used-by.tsx'

const panels = ['upload', 'fetch', 'catalogue'] as const

/** The images of a host: what VMs are made from, and the ways to get more. */
export function Images() {
  const t = useTranslations('storage')
  const host = useCurrentHost()
  const images = useImages(host.name)
  const pools = usePools(host.name)
  const refusal = useMe().data?.refusals['storage.manage'] ?? null
  const [panel, setPanel] = useQueryState('get', parseAsStringLiteral(panels))
  const [from, setFrom] = useState<{
    url: string
    sumsUrl: string
    algorithm: 'sha256' | 'sha512'
    name: string
  } | null>(null)
  const [asked, setAsked] = useState<Image | null>(null)
  const cache = useQueryClient()
  const refresh = useCallback(
    () => void cache.invalidateQueries({ queryKey: storageKeyOf(host.name) }),
    [cache, host.name],
  )
  const holders = (pools.data?.items ?? []).filter(({ holdsImages }) => holdsImages)
  const reason = refusal ?? (pools.data !== undefined && holders.length === 0 ? t('needsPool') : null)
  useActions(
    useMemo(
      () => [
        { label: t('upload'), key: 'n', run: () => void setPanel('upload'), disabledReason: reason },
        { label: t('fetch'), run: () => void setPanel('fetch'), disabledReason: reason },
      ],
      [t, setPanel, reason],
    ),
  )
  if (images.data === undefined)
    return images.error === null ? (
      <Skeleton />
    ) : (
      <ProblemNotice error={images.error} onRetry={() => void images.refetch()} />
    )
  const close = () => void setPanel(null)
  return (
    <section aria-labelledby="images-title" className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center gap-2">
        <h2 id="images-title" className="text-16">
          {t('images')}
        </h2>
        <span className="flex flex-wrap gap-2 phone:ml-auto">
          <Button onClick={() => void setPanel('catalogue')}>{t('catalogue')}</Button>
          <Button
            disabledReason={reason}
            onClick={() => {
              setFrom(null)
              void setPanel('fetch')
            }}
          >
            {t('fetch')}
          </Button>
          <Button variant="primary" disabledReason={reason} onClick={() => void setPanel('upload')}>
            {t('upload')}
          </Button>
        </span>
      </div>
      {images.error !== null && <ProblemNotice error={images.error} />}
      <UploadList unfinished={images.data.unfinished} reason={refusal} onChanged={refresh} />
      <ImageTable
        images={images.data}
        reason={reason}
        refusal={refusal}
        onUpload={() => void setPanel('upload')}
        onDelete={setAsked}
      />
      {panel === 'upload' && reason === null && holders.length > 0 && (
        <UploadPanel pools={holders} onChanged={refresh} onClose={close} />
      )}
      {panel === 'fetch' && reason === null && holders.length > 0 && (
        <FetchPanel key={from?.url ?? ''} pools={holders} from={from} onClose={close} />
      )}
      {panel === 'catalogue' && (
        <Catalogue
          reason={reason}
          onFetch={(entry) => {
            setFrom(entry)
            void setPanel('fetch')
          }}
          onClose={close}
        />
      )}
      {asked !== null && <DeleteImage image={asked} onClose={() => setAsked(null)} />}
    </section>
  )
}

function ImageTable({
  images,
  reason,
  refusal,
  onUpload,
  onDelete,
}: {
  images: ImageList
  reason: string | null
  refusal: string | null
  onUpload: () => void
  onDelete: (image: Image) => void
}) {
  const t = useTranslations('storage')
  const usersText = useUsersText()
  const columns: Column<Image>[] = [
    {
      id: 'name',
      label: t('name'),
      value: ({ name }) => name,
      cell: ({ name }) => (
        <span className="block max-w-[46vw] truncate font-bold phone:max-w-96" title={name}>
          {name}
        </span>
      ),
    },
    { id: 'kind', label: t('kind'), value: ({ kind }) => t(`imageKinds.${kind}`), from: 'phone' },
    { id: 'format', label: t('format'), value: ({ format }) => format, from: 'md' },
    {
      id: 'size',
      label: t('size'),
      value: ({ virtualBytes }) => virtualBytes,
      cell: ({ virtualBytes }) => <span className="figures">{sizeText(virtualBytes)}</span>,
      align: 'right',
      descendsFirst: true,
    },
    {
      id: 'takes',
      label: t('takes'),
      value: ({ sizeBytes }) => sizeBytes,
      cell: ({ sizeBytes }) => <span className="figures">{sizeText(sizeBytes)}</span>,
      align: 'right',
      descendsFirst: true,
      from: 'md',
    },
    { id: 'pool', label: t('pool'), value: ({ pool }) => pool, from: 'phone' },
    {
      id: 'used',
      label: t('usedBy'),
      value: ({ usedBy }) => usersText(usedBy),
      cell: ({ usedBy }) => <UsedBy users={usedBy} />,
      from: 'lg',
    },
    {
      id: 'actions',
      label: t('actions'),
      value: () => null,
      sortable: false,
      align: 'right',
      cell: (image) => (
        <Menu
          trigger={<IconButton label={t('actionsOf', { name: image.name })}>⋯</IconButton>}
          groups={[
            [
              {
                label: t('delete'),
                danger: true,
                disabledReason:
                  refusal ?? (image.usedBy.length > 0 ? t('inUse', { users: usersText(image.usedBy) }) : null),
                onSelect: () => onDelete(image),
              },
            ],
          ]}
        />
      ),
    },
  ]
  return (
    <DataTable
      label={t('images')}
      prefix="image-"
      columns={columns}
      rows={images.items}
      rowKey={({ pool, name }) => `${pool}/${name}`}
      defaultSort="name"
      empty={
        <Empty
          title={t('noImagesTitle')}
          action={
            <Button variant="primary" disabledReason={reason} onClick={onUpload}>
              {t('upload')}
            </Button>
          }
        >
          {t('noImagesText')}
        </Empty>
      }
    />
  )
}

function DeleteImage({ image: { name, pool }, onClose }: { image: Image; onClose: () => void }) {
  const t = useTranslations('storage')
  const host = useCurrentHost()
  const toast = useToast()
  const remove = useDeleteImage(host.name)
  return (
    <Confirm
      title={t('deleteTitle', { volume: name })}
      description={t('deleteText', { pool })}
      action={t('delete')}
      pending={remove.isPending}
      onClose={onClose}
      onConfirm={() =>
        remove.mutate(
          { pool, image: name },
          {
            onSuccess: () => {
              toast('ok', t('deleted', { volume: name }))
              onClose()
            },
          },
        )
      }
    >
      {remove.error !== null && <ProblemNotice error={remove.error} />}
    </Confirm>
  )
}
