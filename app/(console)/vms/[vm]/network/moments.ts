'use client'
import { useTranslations } from 'next-intl'
import { type UseFormReturn, useWatch } from 'react-hook-form'
import { type NicForm, nicOfForm } from '@/lib/vm/nic-form.ts'
import type { NicField } from '@/lib/vm/nic-settings.ts'
import { nicMoment } from '@/lib/vm/when-it-counts.ts'
import type { NicRow } from './nic-rows.ts'

export type MomentLabel = (field: NicField, label: string) => string

/** Says beside a field's name when it counts; nothing while the VM is off, where all counts with the start. */
export function useMoments(before: NicRow | null, form: UseFormReturn<NicForm>): MomentLabel {
  const t = useTranslations('vm-edit.moments')
  const sourceKind = useWatch({ control: form.control, name: 'sourceKind' })
  const running = before?.running ?? null
  if (running === null) return (_, label) => label
  const { source } = nicOfForm({ ...form.getValues(), sourceKind }).nic
  const wanted = { source: { portGroup: null, mode: 'bridge' as const, ...source } }
  return (field, label) => `${label} · ${t(nicMoment(field, running, wanted).live ? 'now' : 'next-start')}`
}
