/** What lies at `disks.0.size` of a form. */
export const valueAt = (form: unknown, path: string): unknown =>
  path
    .split('.')
    .reduce<unknown>(
      (at, key) => (typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[key] : undefined),
      form,
    )

/** The form with this at that place; all that is beside the way there stays the same object. */
export function withValue<T>(form: T, path: string, value: unknown): T {
  const [key = '', ...rest] = path.split('.')
  if (typeof form !== 'object' || form === null) return form
  const inner = rest.length === 0 ? value : withValue((form as Record<string, unknown>)[key], rest.join('.'), value)
  return (Array.isArray(form) ? form.with(Number(key), inner) : { ...form, [key]: inner }) as T
}
