export interface BrowserName {
  browser: string
  /** Null: it does not say. */
  system: string | null
}

// Order matters: Edge and Opera call themselves Chrome, Chrome calls itself Safari, Android calls itself Linux.
const browsers: [RegExp, string][] = [
  [/Edg(?:e|A|iOS)?\/(\d+)/, 'Edge'],
  [/OPR\/(\d+)/, 'Opera'],
  [/(?:Firefox|FxiOS)\/(\d+)/, 'Firefox'],
  [/(?:Chrome|CriOS|HeadlessChrome)\/(\d+)/, 'Chrome'],
  [/Version\/(\d+)[\d.]* (?:Mobile\/\S+ )?Safari\//, 'Safari'],
]
const systems: [RegExp, string][] = [
  [/Android/, 'Android'],
  [/iPhone|iPad/, 'iOS'],
  [/Windows/, 'Windows'],
  [/Mac OS X/, 'macOS'],
  [/CrOS/, 'ChromeOS'],
  [/Linux/, 'Linux'],
]

/** A browser's long name as people know it; a program's first word. Null when it gave none. */
export function browserName(userAgent: string | null): BrowserName | null {
  if (userAgent === null || userAgent.trim() === '') return null
  const system = systems.find(([sign]) => sign.test(userAgent))?.[1] ?? null
  for (const [sign, name] of browsers) {
    const version = sign.exec(userAgent)?.[1]
    if (version !== undefined) return { browser: `${name} ${version}`, system }
  }
  return { browser: userAgent.trim().split(/[\s/]/)[0]?.slice(0, 40) ?? userAgent, system }
}
