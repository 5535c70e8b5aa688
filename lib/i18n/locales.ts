/** Languages the pages speak. Chosen by a cookie, else by what the browser asks for; never by the address. */
export const locales = ['en', 'zh-CN'] as const
export type Locale = (typeof locales)[number]
export const localeNames: Record<Locale, string> = { en: 'English', 'zh-CN': '简体中文' }
export const localeCookie = 'drawbridge-locale'
export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]
export const themeCookie = 'drawbridge-theme'

/** The cookie's language if it is one of ours, else the first of `Accept-Language` that is, else English. */
export function chooseLocale(cookie: string | undefined, acceptLanguage: string | null): Locale {
  const held = locales.find((locale) => locale === cookie)
  if (held !== undefined) return held
  for (const part of (acceptLanguage ?? '').split(',').slice(0, 16)) {
    const tag = part.split(';')[0]?.trim().toLowerCase() ?? ''
    if (tag.startsWith('zh')) return 'zh-CN'
    if (tag.startsWith('en')) return 'en'
  }
  return 'en'
}

export const chooseTheme = (cookie: string | undefined): Theme => themes.find((theme) => theme === cookie) ?? 'system'
