'use client'
import { type ComponentProps, type ReactNode, useId } from 'react'
import { classNames } from './class-names.ts'
import { Spoken } from './spoken.tsx'

const box =
  'w-full rounded-base border border-field bg-canvas px-2.5 text-13 text-ink placeholder:text-ink-3 aria-invalid:border-bad disabled:opacity-60'

interface FieldProps {
  label: string
  /** What to write, or what it is for; stays while there is an error. */
  hint?: ReactNode
  /** What is wrong, a sentence. */
  error?: string | undefined
}

interface Wired {
  id: string
  'aria-invalid': true | undefined
  'aria-describedby': string | undefined
}

/** A labelled control with its hint and its error, wired up for screen readers. */
export function Field({ label, hint, error, children }: FieldProps & { children: (wired: Wired) => ReactNode }) {
  const id = useId()
  const described = [hint === undefined ? null : `${id}-hint`, error === undefined ? null : `${id}-error`]
    .filter(Boolean)
    .join(' ')
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <label htmlFor={id} className="text-12 text-ink-2">
        {label}
      </label>
      {children({
        id,
        'aria-invalid': error === undefined ? undefined : true,
        'aria-describedby': described === '' ? undefined : described,
      })}
      {hint !== undefined && (
        <p id={`${id}-hint`} className="text-12 text-ink-3">
          {hint}
        </p>
      )}
      {error !== undefined && (
        <p id={`${id}-error`} role="alert" className="text-12 text-bad">
          <Spoken text={error} />
        </p>
      )}
    </div>
  )
}

export function TextField({
  label,
  hint,
  error,
  mono = false,
  className,
  ...input
}: FieldProps & { mono?: boolean } & ComponentProps<'input'>) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(wired) => (
        <input
          autoComplete="off"
          spellCheck={false}
          {...input}
          {...wired}
          className={classNames(box, 'h-8', mono && 'font-mono text-12', className)}
        />
      )}
    </Field>
  )
}

export function TextAreaField({
  label,
  hint,
  error,
  mono = false,
  className,
  ...area
}: FieldProps & { mono?: boolean } & ComponentProps<'textarea'>) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(wired) => (
        <textarea
          spellCheck={false}
          rows={5}
          {...area}
          {...wired}
          className={classNames(box, 'py-1.5', mono && 'font-mono text-12', className)}
        />
      )}
    </Field>
  )
}

export function SelectField({
  label,
  hint,
  error,
  options,
  className,
  ...select
}: FieldProps & { options: readonly { value: string; label: string }[] } & ComponentProps<'select'>) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(wired) => (
        <select {...select} {...wired} className={classNames(box, 'h-8 bg-canvas', className)}>
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
      )}
    </Field>
  )
}

/** Few choices, each with a line of explanation. */
export function RadioCards<T extends string>({
  label,
  name,
  value,
  options,
  onChange,
  stacked = false,
}: {
  label: string
  name: string
  value: T
  /** One beneath the other, where side by side leaves one alone. */
  stacked?: boolean
  options: readonly { value: T; label: string; hint: string }[]
  onChange: (value: T) => void
}) {
  return (
    <fieldset className="flex flex-col gap-1">
      <legend className="mb-1 text-12 text-ink-2">{label}</legend>
      <div className={classNames('grid gap-2', !stacked && 'phone:grid-cols-2')}>
        {options.map((option) => (
          <label
            key={option.value}
            className="flex items-start gap-2.5 rounded-base border border-line-strong bg-surface px-3 py-2 hover:bg-hover has-checked:border-accent"
          >
            <input
              type="radio"
              name={name}
              value={option.value}
              checked={value === option.value}
              onChange={() => onChange(option.value)}
              className="mt-1 accent-accent"
            />
            <span className="min-w-0">
              {option.label}
              <span className="block text-12 text-ink-3">{option.hint}</span>
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}

export function Checkbox({ label, hint, ...input }: { label: string; hint?: string } & ComponentProps<'input'>) {
  return (
    <label className="flex items-start gap-2">
      <input {...input} type="checkbox" className="mt-1 accent-accent" />
      <span>
        {label}
        {hint !== undefined && <span className="block text-12 text-ink-3">{hint}</span>}
      </span>
    </label>
  )
}
