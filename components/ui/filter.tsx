'use client'

/** One of few values, or all of them; stands above a table. */
export function Filter<T extends string>({
  label,
  all,
  value,
  options,
  onChange,
}: {
  label: string
  /** What "no filter" is called. */
  all: string
  value: T | null
  options: readonly { value: T; label: string }[]
  onChange: (value: T | null) => void
}) {
  return (
    <select
      aria-label={label}
      value={value ?? ''}
      onChange={(event) => onChange(options.find((option) => option.value === event.target.value)?.value ?? null)}
      className="h-8 max-w-full rounded-base border border-field bg-canvas px-2 text-13"
    >
      <option value="">{all}</option>
      {options.map((option) => (
        <option key={option.value} value={option.value}>
          {option.label}
        </option>
      ))}
    </select>
  )
}
