'use client'
import { useTranslations } from 'next-intl'
import { useState } from 'react'
import type { HostChoices } from '@/lib/contract/vm-create.ts'
import { formFieldOf, type FormError, type VmForm } from '@/lib/vm/create-form.ts'
import type { VmFormState } from './vm-form-context.tsx'

/** What the API says against a field, by the API's name for it. */
export interface Refused {
  field: string | null
  message: string
}

/** Which of these stand beneath no field. `cloudInit` as a whole has none, nor has what is not in the form. */
export const unplacedOf = (refusals: readonly Refused[], form: VmForm): Refused[] =>
  refusals.filter(({ field }) => field === null || !hasField(formFieldOf(field, form), form))

const listed = ['disks', 'nics']
function hasField(path: string, form: VmForm): boolean {
  if (listed.includes(path)) return true
  const value = path
    .split('.')
    .reduce<unknown>(
      (at, key) => (typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[key] : undefined),
      form,
    )
  return typeof value === 'string' || typeof value === 'boolean' || path === 'topology'
}

/** The form as it is typed, before anybody says anything about it. */
export function useTypedForm(initial: VmForm) {
  const [form, setForm] = useState(initial)
  return { form, change: (change: (form: VmForm) => VmForm) => setForm(change) }
}

/** Joins what is typed, what can't be read, and what the API says. */
export function useVmFormState(
  typed: ReturnType<typeof useTypedForm>,
  errors: readonly FormError[],
  refusals: readonly Refused[],
  given: { choices: HostChoices | null; isPreset: boolean },
): VmFormState {
  const t = useTranslations('vm-create')
  const { form } = typed
  return {
    ...typed,
    ...given,
    errorOf: (path) => {
      const unread = errors.find(({ field }) => field === path)
      if (unread !== undefined) return t(unread.code)
      return refusals.find(({ field }) => field !== null && formFieldOf(field, form) === path)?.message
    },
  }
}
