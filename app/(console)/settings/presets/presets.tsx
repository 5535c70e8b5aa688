'use client'
import { useTranslations } from 'next-intl'
import { parseAsString, useQueryState } from 'nuqs'
import { useMemo, useState } from 'react'
import { type Column, DataTable } from '@/components/parts/data-table.tsx'
import { PresetText } from '@/components/parts/preset-text.tsx'
import { ProblemNotice } from '@/components/parts/problem-notice.tsx'
import { Time } from '@/components/parts/time.tsx'
import { UsualPresets } from '@/components/parts/usual-presets.tsx'
import { useActions } from '@/components/shell/actions.tsx'
import { PageTitle } from '@/components/shell/page-title.tsx'
import { Button, IconButton } from '@/components/ui/button.tsx'
import { Confirm } from '@/components/ui/confirm.tsx'
import { Empty, Skeleton } from '@/components/ui/empty.tsx'
import { Menu } from '@/components/ui/menu.tsx'
import { useToast } from '@/components/ui/toast.tsx'
import type { Preset } from '@/lib/contract/presets.ts'
import { useMe } from '@/lib/wire/queries.ts'
import { usePresets, useRemovePreset } from '@/lib/wire/vm-create.ts'
import { PresetPanel } from './preset-panel.tsx'

/** In the address, instead of a preset's id. */
const notYet = 'new'

/** What new VMs are made from: everybody reads them, admins make them. */
export function Presets() {
  const t = useTranslations('vm-create')
  const settings = useTranslations('settings')
  const presets = usePresets()
  const reason = useMe().data?.refusals['preset.manage'] ?? null
  const [open, setOpen] = useQueryState('preset', parseAsString)
  const [asked, setAsked] = useState<Preset | null>(null)
  useActions(
    useMemo(
      () => [{ label: t('newPreset'), key: 'n', run: () => void setOpen(notYet), disabledReason: reason }],
      [t, setOpen, reason],
    ),
  )
  const edited = presets.data?.find(({ id }) => id === open)
  return (
    <>
      <PageTitle
        title={settings('tabs.presets')}
        action={
          <Button variant="primary" disabledReason={reason} onClick={() => void setOpen(notYet)}>
            {t('newPreset')}
          </Button>
        }
      />
      <p className="mb-4 max-w-160 text-ink-2">{t('presetsLead')}</p>
      {presets.error !== null && <ProblemNotice error={presets.error} onRetry={() => void presets.refetch()} />}
      {presets.data === undefined ? (
        presets.error === null && <Skeleton />
      ) : (
        <PresetTable
          presets={presets.data}
          selected={open}
          reason={reason}
          onOpen={(id) => void setOpen(id)}
          onRemove={setAsked}
        />
      )}
      {reason === null && open === notYet && <PresetPanel preset={null} onClose={() => void setOpen(null)} />}
      {edited !== undefined && (
        <PresetPanel key={edited.id} preset={edited} readOnly={reason} onClose={() => void setOpen(null)} />
      )}
      {asked !== null && <Remove key={asked.id} preset={asked} onClose={() => setAsked(null)} />}
    </>
  )
}

function PresetTable({
  presets,
  selected,
  reason,
  onOpen,
  onRemove,
}: {
  presets: readonly Preset[]
  selected: string | null
  reason: string | null
  onOpen: (id: string) => void
  onRemove: (preset: Preset) => void
}) {
  const t = useTranslations('vm-create')
  const columns: Column<Preset>[] = [
    {
      id: 'name',
      label: t('presetName'),
      value: ({ name }) => name,
      cell: ({ id, name }) => (
        <button
          type="button"
          className="rounded-[4px] text-left font-bold hover:text-accent"
          onClick={() => onOpen(id)}
        >
          {name}
        </button>
      ),
    },
    {
      id: 'spec',
      label: t('presetSpec'),
      value: ({ spec }) => spec.memoryBytes ?? null,
      cell: ({ spec }) => (
        <span className="figures">
          <PresetText spec={spec} />
        </span>
      ),
      from: 'phone',
    },
    {
      id: 'description',
      label: t('description'),
      value: ({ description }) => description,
      cell: ({ description }) => <span className="block max-w-80 truncate text-ink-2">{description}</span>,
      from: 'lg',
    },
    { id: 'by', label: t('madeBy'), value: ({ createdBy }) => createdBy, from: 'xl' },
    {
      id: 'changed',
      label: t('changed'),
      value: ({ updatedAt }) => updatedAt,
      cell: ({ updatedAt }) => <Time at={updatedAt} />,
      from: 'lg',
      descendsFirst: true,
    },
    {
      id: 'actions',
      label: t('actions'),
      value: () => null,
      sortable: false,
      align: 'right',
      cell: (preset) => (
        <Menu
          trigger={<IconButton label={t('actionsOf', { name: preset.name })}>⋯</IconButton>}
          groups={[
            [{ label: t('edit'), disabledReason: reason, onSelect: () => onOpen(preset.id) }],
            [{ label: t('delete'), danger: true, disabledReason: reason, onSelect: () => onRemove(preset) }],
          ]}
        />
      ),
    },
  ]
  return (
    <DataTable
      label={t('presets')}
      columns={columns}
      rows={presets}
      rowKey={({ id }) => id}
      defaultSort="spec"
      selected={selected}
      empty={
        <Empty title={t('noPresets')} action={<UsualPresets />}>
          {t('noPresetsText')}
        </Empty>
      }
    />
  )
}

function Remove({ preset: { id, name }, onClose }: { preset: Preset; onClose: () => void }) {
  const t = useTranslations('vm-create')
  const toast = useToast()
  const remove = useRemovePreset()
  return (
    <Confirm
      title={t('removePresetTitle', { name })}
      description={t('removePresetText')}
      action={t('delete')}
      pending={remove.isPending}
      onClose={onClose}
      onConfirm={() =>
        remove.mutate(id, {
          onSuccess: () => {
            toast('ok', t('presetRemoved', { name }))
            onClose()
          },
        })
      }
    >
      {remove.error !== null && <ProblemNotice error={remove.error} />}
    </Confirm>
  )
}
