'use client'
import { useTranslations } from 'next-intl'
import { useEffect, useRef, useState } from 'react'
import { Button, IconButton } from '@/components/ui/button.tsx'
import { type BootRow, bootChoice, bootRows, moved } from '@/lib/vm/boot-form.ts'
import { useEditVm } from '@/lib/wire/vm-edit.ts'
import { useCurrentVm } from '../current-vm.tsx'
import { EditProblem, useEditedFrom } from '../edit-problem.tsx'
import type { SettingsFormProps } from './settings.tsx'

/** From what it boots, first to last; moved by buttons, so that a keyboard does it as well. */
export function BootOrder({ reason, onEdited, own }: SettingsFormProps) {
  const t = useTranslations('vm-edit')
  const vm = useCurrentVm()
  const edit = useEditVm(vm)
  const [rows, setRows] = useState(() => bootRows(vm))
  const isDirty = JSON.stringify(rows) !== JSON.stringify(bootRows(vm))
  const { etag, readAgain } = useEditedFrom(vm, isDirty, own)
  const [said, setSaid] = useState('')
  // A row that moves takes its button out of the page for a moment, and the focus with it.
  const list = useRef<HTMLOListElement>(null)
  const [focus, setFocus] = useState<{ key: string; way: 'up' | 'down' } | null>(null)
  useEffect(() => {
    if (focus === null) return
    list.current?.querySelector<HTMLElement>(`[data-move="${focus.way} ${CSS.escape(focus.key)}"]`)?.focus()
  }, [focus])

  const nameOf = ({ device }: BootRow): string =>
    device.kind === 'class' ? t(`bootClasses.${device.class}`) : device.device
  const asideOf = ({ device }: BootRow): string | null => {
    if (device.kind === 'disk') return vm.defined.disks.find(({ target }) => target === device.device)?.source ?? null
    if (device.kind === 'nic') return vm.defined.nics.find(({ mac }) => mac === device.device)?.source ?? null
    return null
  }
  const move = (row: BootRow, way: 'up' | 'down') => {
    const next = moved(rows, row.key, way)
    setRows(next)
    setFocus({ key: row.key, way })
    setSaid(
      t('movedTo', {
        device: nameOf(row),
        place: next.findIndex(({ key }) => key === row.key) + 1,
        count: next.length,
      }),
    )
  }
  const save = () =>
    edit.mutate({ bootOrder: bootChoice(rows), etag }, { onSuccess: (edited) => onEdited(edited, etag) })
  return (
    <div className="flex max-w-140 flex-col gap-3">
      <p className="text-12 text-ink-3">{t('bootHint')}</p>
      {rows.length === 0 ? (
        <p className="text-ink-2">{t('nothingBoots')}</p>
      ) : (
        <ol ref={list} className="flex flex-col border-t border-line">
          {rows.map((row, index) => (
            <li key={row.key} className="flex min-h-9 items-center gap-3 border-b border-line">
              <span className="figures w-4 text-right text-ink-3">{index + 1}</span>
              <label className="flex min-w-0 flex-1 items-center gap-2">
                <input
                  type="checkbox"
                  className="accent-accent"
                  checked={row.on}
                  onChange={(event) => {
                    const on = event.target.checked
                    setRows((held) => held.map((one) => (one.key === row.key ? { ...one, on } : one)))
                  }}
                />
                <span className={`figures ${row.on ? '' : 'text-ink-3'}`}>{nameOf(row)}</span>
                <span className="truncate text-12 text-ink-3">{asideOf(row)}</span>
              </label>
              <IconButton
                label={t('moveUp', { device: nameOf(row) })}
                data-move={`up ${row.key}`}
                aria-disabled={index === 0 || undefined}
                onClick={() => {
                  if (index > 0) move(row, 'up')
                }}
                className={index === 0 ? 'opacity-55' : ''}
              >
                <span aria-hidden="true">↑</span>
              </IconButton>
              <IconButton
                label={t('moveDown', { device: nameOf(row) })}
                data-move={`down ${row.key}`}
                aria-disabled={index === rows.length - 1 || undefined}
                onClick={() => {
                  if (index < rows.length - 1) move(row, 'down')
                }}
                className={index === rows.length - 1 ? 'opacity-55' : ''}
              >
                <span aria-hidden="true">↓</span>
              </IconButton>
            </li>
          ))}
        </ol>
      )}
      <span role="status" className="sr-only">
        {said}
      </span>
      <EditProblem error={edit.error} onReadAgain={readAgain} />
      <span>
        <Button variant="primary" pending={edit.isPending} disabledReason={reason} onClick={save}>
          {t('saveBoot')}
        </Button>
      </span>
    </div>
  )
}
