/** A JSON schema as a person reads it: TypeScript, more or less. */

interface Schema {
  $ref?: string
  type?: string | string[]
  enum?: unknown[]
  const?: unknown
  properties?: Record<string, Schema>
  required?: string[]
  additionalProperties?: boolean | Schema
  items?: Schema
  anyOf?: Schema[]
  oneOf?: Schema[]
  allOf?: Schema[]
  default?: unknown
  minimum?: number
  maximum?: number
  minLength?: number
  maxLength?: number
  pattern?: string
  format?: string
}

const nameOf = (reference: string): string => reference.slice(reference.lastIndexOf('/') + 1)
const union = (parts: string[]): string => [...new Set(parts)].join(' | ')

/** Names other schemas by their name; `indent` is how deep it stands. */
export function schemaText(schema: unknown, indent = 0): string {
  const one = schema as Schema
  if (one.$ref !== undefined) return nameOf(one.$ref)
  if (one.enum !== undefined) return union(one.enum.map((value) => JSON.stringify(value)))
  if (one.const !== undefined) return JSON.stringify(one.const)
  const options = one.anyOf ?? one.oneOf
  if (options !== undefined) return union(options.map((option) => schemaText(option, indent)))
  if (one.allOf !== undefined) return one.allOf.map((part) => schemaText(part, indent)).join(' & ')
  const types = Array.isArray(one.type) ? one.type : [one.type ?? 'unknown']
  return union(types.map((type) => typeText(type, one, indent)))
}

function typeText(type: string, schema: Schema, indent: number): string {
  switch (type) {
    case 'object':
      return objectText(schema, indent)
    case 'array': {
      const item = schemaText(schema.items ?? {}, indent)
      return item.includes(' | ') && !item.startsWith('{') ? `(${item})[]` : `${item}[]`
    }
    default:
      return type
  }
}

function objectText({ properties, required = [], additionalProperties }: Schema, indent: number): string {
  const pad = '  '.repeat(indent + 1)
  if (properties === undefined)
    return typeof additionalProperties === 'object'
      ? `{ [name]: ${schemaText(additionalProperties, indent + 1)} }`
      : '{ … }'
  const lines = Object.entries(properties).map(([name, property]) => {
    const text = schemaText(property, indent + 1)
    return `${pad}${name}${required.includes(name) ? '' : '?'}: ${text}${limitsOf(property)}`
  })
  return `{\n${lines.join('\n')}\n${'  '.repeat(indent)}}`
}

/** What a value must keep to, as a trailing remark. */
function limitsOf(schema: Schema): string {
  const { default: standard, minimum, maximum, minLength, maxLength, pattern, format } = schema
  const remarks = [
    standard === undefined ? '' : `default ${JSON.stringify(standard)}`,
    format ?? '',
    range(minimum, maximum, ''),
    range(minLength, maxLength, ' characters'),
    pattern === undefined || format !== undefined ? '' : `/${pattern}/`,
  ].filter((remark) => remark !== '')
  return remarks.length === 0 ? '' : `  // ${remarks.join(', ')}`
}

const range = (from: number | undefined, to: number | undefined, unit: string): string => {
  const least = from === undefined || from <= Number.MIN_SAFE_INTEGER ? undefined : from
  const most = to === undefined || to >= Number.MAX_SAFE_INTEGER ? undefined : to
  if (least !== undefined && most !== undefined) return `${least}–${most}${unit}`
  if (least !== undefined) return `at least ${least}${unit}`
  return most === undefined ? '' : `at most ${most}${unit}`
}
