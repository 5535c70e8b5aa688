/** Values as YAML text. */
export type YamlValue = string | number | boolean | YamlValue[] | { [key: string]: YamlValue }

/** Whether a value that was read is this one; numbers and booleans are texts there. */
export function same(had: unknown, value: YamlValue): boolean {
  if (Array.isArray(value))
    return Array.isArray(had) && had.length === value.length && value.every((item, at) => same(had[at], item))
  if (typeof value !== 'object') return had === String(value)
  const keys = Object.keys(value)
  return (
    typeof had === 'object' &&
    had !== null &&
    !Array.isArray(had) &&
    Object.keys(had).length === keys.length &&
    keys.every((key) => same((had as Record<string, unknown>)[key], value[key] ?? ''))
  )
}

function scalarText(value: string | number | boolean): string {
  if (typeof value !== 'string') return String(value)
  // Anything that another reader of YAML might take for a number, a boolean or a map is quoted.
  const safe = /^[A-Za-z_][\w./+-]*$/.test(value) || /^\d{1,3}(\.\d{1,3}){3}(\/\d{1,2})?$/.test(value)
  const word = /^(y|n|yes|no|on|off|true|false|null)$/i.test(value)
  return safe && !word ? value : JSON.stringify(value)
}

export const flowPair = (key: string, value: YamlValue): string => `${scalarText(key)}: ${flowText(value)}`
export const flowPairs = (value: { [key: string]: YamlValue }): string[] =>
  Object.entries(value).map(([key, inner]) => flowPair(key, inner))

export function flowText(value: YamlValue): string {
  if (Array.isArray(value)) return `[${value.map(flowText).join(', ')}]`
  return typeof value === 'object' ? `{${flowPairs(value).join(', ')}}` : scalarText(value)
}

export function blockText(value: YamlValue, indent: number): string {
  if (Array.isArray(value) || typeof value !== 'object' || Object.keys(value).length === 0) return flowText(value)
  return entriesText(value, indent)
}

/** Pairs in lines of their own, the first without its indent. */
export function entriesText(value: { [key: string]: YamlValue }, indent: number): string {
  return Object.entries(value)
    .map(([key, inner]) => pairText(key, inner, indent))
    .join(`\n${' '.repeat(indent)}`)
}

export function pairText(key: string, value: YamlValue, indent: number): string {
  const head = `${scalarText(key)}:`
  const deeper = ' '.repeat(indent + 2)
  if (Array.isArray(value) && value.some((item) => typeof item === 'object'))
    return [head, ...value.map((item) => `${deeper}- ${blockText(item, indent + 4)}`)].join('\n')
  if (typeof value === 'object' && !Array.isArray(value) && Object.keys(value).length > 0)
    return `${head}\n${deeper}${entriesText(value, indent + 2)}`
  return `${head} ${flowText(value)}`
}
