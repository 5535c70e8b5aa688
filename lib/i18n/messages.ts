import type { Locale } from './locales.ts'

/** The message files, one per area of the pages; the file's name is the namespace. */
const load: Record<Locale, () => Promise<unknown>[]> = {
  en: () => areas.map((area) => import(`../../messages/en/${area}.json`)),
  'zh-CN': () => areas.map((area) => import(`../../messages/zh-CN/${area}.json`)),
}
export const areas = [
  'ui',
  'shell',
  'fleet',
  'hosts',
  'live',
  'network',
  'plan',
  'changes',
  'networks',
  'vms',
  'vm-create',
  'vm-edit',
  'vm-console',
  'vm-snapshots',
  'storage',
  'system',
  'prepare',
  'account',
  'settings',
  'jobs',
] as const

/** Every text of one language, by namespace. */
export async function messagesOf(locale: Locale): Promise<Record<string, Record<string, unknown>>> {
  const files = await Promise.all(load[locale]())
  return Object.fromEntries(
    areas.map((area, index) => [area, (files[index] as { default: Record<string, unknown> }).default]),
  )
}
