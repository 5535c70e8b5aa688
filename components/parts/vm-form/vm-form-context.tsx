'use client'
import { createContext, use } from 'react'
import type { FieldPath } from 'react-hook-form'
import { Checkbox, SelectField, TextAreaField, TextField } from '@/components/ui/field.tsx'
import type { HostChoices } from '@/lib/contract/vm-create.ts'
import type { VmForm } from '@/lib/vm/create-form.ts'
import { valueAt, withValue } from '@/lib/vm/form-path.ts'

export interface VmFormState {
  form: VmForm
  change: (change: (form: VmForm) => VmForm) => void
  /** What is wrong with a field, by its path: what can't be read, else what the API says of it. */
  errorOf: (path: string) => string | undefined
  /** Of the host it will be on; of a preset, of all hosts together. Null: not known yet. */
  choices: HostChoices | null
  isPreset: boolean
}

const Context = createContext<VmFormState | null>(null)
export const VmFormProvider = Context

export function useVmForm(): VmFormState {
  const state = use(Context)
  if (state === null) throw new Error('a field of a VM’s form outside of one')
  return state
}

type Path = FieldPath<VmForm>

function useAt(path: Path) {
  const { form, change, errorOf } = useVmForm()
  return {
    value: valueAt(form, path),
    error: errorOf(path),
    set: (value: string | boolean) => change((held) => withValue(held, path, value)),
  }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

interface Labelled {
  path: Path
  label: string
  hint?: string
}

export function Text({
  path,
  numeric = false,
  mono = true,
  ...rest
}: Labelled & { numeric?: boolean; mono?: boolean; placeholder?: string; type?: 'password' }) {
  const { value, error, set } = useAt(path)
  return (
    <TextField
      {...rest}
      mono={mono}
      inputMode={numeric ? 'numeric' : undefined}
      autoComplete={rest.type === 'password' ? 'new-password' : 'off'}
      value={textOf(value)}
      error={error}
      onChange={({ target }) => set(target.value)}
    />
  )
}

export function Area({ path, mono = true, ...rest }: Labelled & { mono?: boolean; rows?: number }) {
  const { value, error, set } = useAt(path)
  return (
    <TextAreaField
      {...rest}
      mono={mono}
      value={textOf(value)}
      error={error}
      onChange={({ target }) => set(target.value)}
    />
  )
}

export interface Option {
  value: string
  label: string
}

/** One of these. What it holds and they don't is offered, too: a preset may name what this host has not. */
export function Select({ path, options, ...rest }: Labelled & { options: readonly Option[] }) {
  const { value, error, set } = useAt(path)
  const held = textOf(value)
  const all = options.some((option) => option.value === held) ? options : [{ value: held, label: held }, ...options]
  return <SelectField {...rest} options={all} value={held} error={error} onChange={({ target }) => set(target.value)} />
}

export function Check({ path, label, hint }: Labelled) {
  const { value, error, set } = useAt(path)
  return (
    <div className="flex flex-col gap-1">
      <Checkbox label={label} hint={hint} checked={value === true} onChange={({ target }) => set(target.checked)} />
      {error !== undefined && (
        <p role="alert" className="text-12 text-bad">
          {error}
        </p>
      )}
    </div>
  )
}
