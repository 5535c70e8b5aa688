/**
 * One value per process, whoever asks.
 *
 * Next bundles `instrumentation.ts` and each route handler apart, so a module-level constant has a different value in
 * each of them; `globalThis` is the one place they share.
 */
export function once<T>(name: string, make: () => T): T {
  const key = Symbol.for(`drawbridge.${name}`)
  const shared = globalThis as unknown as Record<symbol, { value: T } | undefined>
  const held = (shared[key] ??= { value: make() })
  return held.value
}
