/**
 * Which English sentences of lib/ reach a person, found in its sources: what messages/zh-CN/sentences.json must hold.
 * `node scripts/sentences.ts` prints as JSON those that have no Chinese yet, with where they are said, and on stderr the
 * entries that no source says any more; `--prune` takes these out.
 *
 * A sentence is a literal or template that reads like one (two words, from a capital or a value to a full stop), or one
 * that stands where one is said (`title:`, `message:` …). What a value of a template may be is followed through `? :`,
 * `??`, `+` and constants of the same file; every other value is a placeholder: {1}, {2} …
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { type Node, parseSync, visitorKeys } from 'oxc-parser'
import { piecesOf, valuesIn } from '../lib/language/phrase-book.ts'

/** What a terminal, the log or a program reads stays English; plans have messages/<locale>/plan.json. */
const unheard =
  /^lib\/(?:(?:store|server|wire|log|i18n|stats|language)\/|boot\.ts$|net\/sentences\.ts$|facts\/link-events\.ts$|vm\/image-catalogue\.ts$|api\/(?:docs|speak-language|document|schema-text|vm-power)\.ts$)/
/** Members whose value is said, even when it is short. */
const saying = new Set(['title', 'message', 'reason', 'why', 'sentence', 'what'])
/** The API's own documentation. */
const documenting = new Set(['summary', 'description', 'tags'])
/** Calls whose arguments are for developers or the log. */
const unheardCalls = /^(?:describe|meta|nothing|json|log|debug|info|warn|error|fatal|trace|\w*Error|note)$/
const mostVariants = 200

/** Pieces of a template: text, or null for a value nothing is known of. */
type Variant = (string | null)[]

interface Said {
  template: string
  /** `lib/…/x.ts:12` */
  at: string
  /** Whether a person reads it for sure; else it may still be a part of what one reads. */
  isSentence: boolean
}

const joined = (pieces: Variant): Variant => {
  const out: Variant = []
  for (const piece of pieces) {
    const last = out.at(-1)
    if (typeof piece === 'string' && typeof last === 'string') out[out.length - 1] = last + piece
    else if (piece !== '') out.push(piece)
  }
  return out
}

const product = (one: Variant[], other: Variant[]): Variant[] =>
  one.length * other.length > mostVariants
    ? one.map((pieces) => [...pieces, null])
    : one.flatMap((head) => other.map((tail) => [...head, ...tail]))

/** Every text this expression may be. */
function variants(node: Node, constants: ReadonlyMap<string, Node>, depth = 0): Variant[] {
  const inner = (next: Node) => variants(next, constants, depth + 1)
  if (depth > 12) return [[null]]
  switch (node.type) {
    case 'Literal':
      return [typeof node.value === 'string' || typeof node.value === 'number' ? [String(node.value)] : [null]]
    case 'TemplateLiteral':
      return node.quasis.reduce<Variant[]>(
        (made, { value }, index) => {
          const text = value.cooked ?? value.raw
          const next = node.expressions[index]
          const withText = made.map((pieces) => [...pieces, text])
          return next === undefined ? withText : product(withText, inner(next))
        },
        [[]],
      )
    case 'ConditionalExpression':
      return [...inner(node.consequent), ...inner(node.alternate)]
    case 'LogicalExpression':
      return depth === 0 ? [...inner(node.left), ...inner(node.right)] : [[null]]
    case 'BinaryExpression':
      return node.operator === '+' && !isNumber(node.left) && !isNumber(node.right)
        ? product(inner(node.left), inner(node.right))
        : [[null]]
    case 'ParenthesizedExpression':
    case 'TSAsExpression':
    case 'TSSatisfiesExpression':
    case 'TSNonNullExpression':
      return inner(node.expression)
    case 'Identifier': {
      const constant = constants.get(node.name)
      const values = constant === undefined ? [[null]] : inner(constant)
      // A constant that has values of its own is a sentence or a name by itself.
      return values.every((pieces) => pieces.every((piece) => piece !== null)) ? values : [[null]]
    }
    default:
      return [[null]]
  }
}

/** Numbers the values; `$1` is one that a pattern fills in. */
function templateOf(pieces: Variant): string {
  let count = 0
  return joined(
    pieces.flatMap((piece) => piece?.split(/(\$\d)/).map((part) => (/^\$\d$/.test(part) ? null : part)) ?? [null]),
  )
    .map((piece) => piece ?? `{${(count += 1)}}`)
    .join('')
}

const isNumber = (node: Node): boolean => node.type === 'Literal' && typeof node.value === 'number'

const isText = (node: Node): boolean =>
  (node.type === 'Literal' && typeof node.value === 'string') ||
  node.type === 'TemplateLiteral' ||
  node.type === 'ConditionalExpression' ||
  node.type === 'LogicalExpression' ||
  (node.type === 'BinaryExpression' && node.operator === '+')

/** From a capital, a value or a quotation to a full stop, with two words at least. */
const readsLikeOne = (template: string): boolean =>
  /^[A-Za-z{“‘"`<\d]/.test(template) &&
  /[a-z]{2}/.test(template.replaceAll(/\{\d+\}/g, '')) &&
  /(?:[\w)}”>"`’…][.?!…]|\.”|[\w)}>]: \{\d+\}|\.(?: ?\{\d+\})+)$/.test(template) &&
  /\S \S/.test(template) &&
  !/\n|^data: |^\w+: \{1\}$/.test(template)

/** A text is translated sentence by sentence; a value alone is none. */
const sentencesOf = (template: string): string[] =>
  template
    .split(/(?<=[\w)}”>"’`…](?<!e\.g|i\.e)[.?!]) (?=\S)/)
    .filter((sentence) => sentence.replaceAll(/\{\d+\}|[^A-Za-z]/g, '').length > 3)
    .map((sentence) => {
      let count = 0
      return sentence.replaceAll(/\{\d+\}/g, () => `{${(count += 1)}}`)
    })

const children = (node: Node): Node[] =>
  (visitorKeys[node.type] ?? []).flatMap((key) => {
    const value = (node as unknown as Record<string, unknown>)[key]
    return (Array.isArray(value) ? value : [value]).filter(
      (one): one is Node => typeof one === 'object' && one !== null && 'type' in one,
    )
  })

const nameOf = (node: Node): string =>
  node.type === 'Identifier' || node.type === 'PrivateIdentifier'
    ? node.name
    : node.type === 'MemberExpression'
      ? nameOf(node.property)
      : node.type === 'CallExpression'
        ? nameOf(node.callee)
        : node.type === 'Literal'
          ? String(node.value)
          : ''

/** Constants declared once in the file whose value is text. */
function constantsOf(program: Node): Map<string, Node> {
  const found = new Map<string, Node | null>()
  const walk = (node: Node): void => {
    if (node.type === 'VariableDeclarator' && node.id.type === 'Identifier')
      found.set(node.id.name, node.init !== null && isText(node.init) && !found.has(node.id.name) ? node.init : null)
    children(node).forEach(walk)
  }
  walk(program)
  return new Map([...found].flatMap(([name, node]) => (node === null ? [] : [[name, node] as const])))
}

/** What one source text says. */
export function saidIn(file: string, source: string): Said[] {
  const { program } = parseSync(file, source)
  const constants = constantsOf(program)
  const said: Said[] = []
  const take = (node: Node, isSaid: boolean): void => {
    const at = `${file}:${source.slice(0, node.start).split('\n').length}`
    for (const pieces of variants(node, constants)) {
      const template = templateOf(pieces)
      const letters = template.replaceAll(/\{\d+\}/g, '')
      const isSentence = readsLikeOne(template) || (isSaid && (/^[A-Z{“\d]/.test(template) || template.includes(' ')))
      if (/[A-Za-z]/.test(letters))
        for (const sentence of sentencesOf(template)) said.push({ template: sentence, at, isSentence })
    }
  }
  const walk = (node: Node, parent: Node | null, isSaid: boolean): void => {
    if (/^(?:Import|Export(?:All|Named)Declaration$)/.test(node.type) && !('declaration' in node && node.declaration))
      return
    if (node.type.startsWith('TSType') || node.type === 'TSInterfaceDeclaration') return
    if (node.type === 'Property' && documenting.has(nameOf(node.key))) return
    if ((node.type === 'CallExpression' || node.type === 'NewExpression') && unheardCalls.test(nameOf(node.callee))) {
      // A `warn(field, sentence)` of a plan is heard, a log's is not.
      if (!(nameOf(node.callee) === 'warn' && node.callee.type === 'Identifier')) return
    }
    const saysHere =
      node.type === 'Property' ? saying.has(nameOf(node.key)) : node.type === 'ConditionalExpression' ? isSaid : false
    if (isText(node) && !(parent?.type === 'BinaryExpression' && parent.operator !== '+')) take(node, isSaid)
    for (const child of children(node)) walk(child, node, saysHere)
  }
  walk(program, null, false)
  return said
}

/** What all of lib/ says. */
export function saidByAll(root: string): Said[] {
  return readdirSync(join(root, 'lib'), { recursive: true, encoding: 'utf8' })
    .map((name) => join('lib', name))
    .filter((name) => name.endsWith('.ts') && !/\.(?:test|d)\.ts$/.test(name) && !name.includes('/generated/'))
    .filter((name) => !unheard.test(relative('.', name)))
    .toSorted()
    .flatMap((name) => saidIn(name, readFileSync(join(root, name), 'utf8')))
}

/** Sentences without a translation, and translations of what nobody says, or not with the same values. */
export function audit(
  said: readonly Said[],
  catalogue: Readonly<Record<string, string>>,
): { missing: Record<string, string>; stale: string[]; uneven: string[] } {
  const missing = said.filter(({ template, isSentence }) => isSentence && catalogue[template] === undefined)
  const texts = said.map(({ template }) => template).join('\n')
  const wide = said
    .map(({ template }) => piecesOf(template).literals)
    .filter((literals) => literals.length > 1 && literals.join('').replaceAll(/[^A-Za-z]/g, '').length > 9)
  const values = (text: string) => [...new Set(text.match(/\{\d+\}/g))].toSorted().join()
  return {
    missing: Object.fromEntries(missing.map(({ template, at }) => [template, at])),
    // A sentence may be put together from several literals, or hold a value that decides how it is said.
    stale: Object.keys(catalogue).filter(
      (english) =>
        !wide.some((literals) => valuesIn(english, literals) !== null) &&
        piecesOf(english)
          .literals.map((literal) => literal.trim().replace(/\.$/, ''))
          .some((literal) => /[a-z]{2}/.test(literal) && !texts.includes(literal)),
    ),
    uneven: Object.entries(catalogue).flatMap(([english, other]) =>
      values(english) === values(other) ? [] : [english],
    ),
  }
}

/** A catalogue's source without these sentences. */
function without(source: string, gone: ReadonlySet<string>): string {
  const cuts: [number, number][] = []
  const walk = (node: Node): void => {
    if (node.type === 'Property' && gone.has(nameOf(node.key)))
      cuts.push([source.lastIndexOf('\n', node.start), source.indexOf(',', node.end) + 1])
    else children(node).forEach(walk)
  }
  walk(parseSync('catalogue.ts', source).program)
  return cuts.toReversed().reduce((text, [from, to]) => text.slice(0, from) + text.slice(to), source)
}

if (import.meta.main) {
  const root = join(import.meta.dirname, '..')
  const { chinese } = await import('../lib/language/translations.ts')
  const { missing, stale, uneven } = audit(saidByAll(root), chinese)
  process.stdout.write(`${JSON.stringify(missing, null, 2)}\n`)
  const isPruning = process.argv.includes('--prune')
  for (const english of stale) process.stderr.write(`nobody says any more${isPruning ? ', removed' : ''}: ${english}\n`)
  for (const english of uneven) process.stderr.write(`has other values in its translation: ${english}\n`)
  const folder = join(root, 'lib/language/zh-cn')
  if (isPruning)
    for (const name of readdirSync(folder)) {
      const source = readFileSync(join(folder, name), 'utf8')
      writeFileSync(join(folder, name), without(source, new Set(stale)))
    }
}
