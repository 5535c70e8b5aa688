/**
 * The arrows of docs/architecture.md, as a table and a check. One direction, one door at each level: a folder may
 * import (at run time) only what its row names. Type-only imports may cross.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'

const pure = ['kit', 'contract', 'facts', 'net', 'vm', 'tuning', 'stats', 'access', 'language']

/** Folder of lib/ → the lib/ folders it may import besides itself. */
export const mayImport: Record<string, readonly string[]> = {
  ...Object.fromEntries(pure.map((folder) => [folder, pure])),
  i18n: pure,
  log: pure,
  server: pure,
  ssh: [...pure, 'log'],
  store: [...pure, 'log'],
  auth: [...pure, 'log', 'store'],
  host: [...pure, 'log', 'ssh'],
  jobs: [...pure, 'log', 'store'],
  live: [...pure, 'log'],
  services: [...pure, 'log', 'auth', 'ssh', 'store', 'host', 'jobs', 'live', 'server'],
  api: [...pure, 'i18n', 'log', 'auth', 'services'],
  wire: pure,
}

/** What the browser's side may import of lib/. */
const browserMay = [...pure, 'wire', 'i18n']

/** Folders of app/ that mount lib/api; all others are pages. */
const mounts = ['api', 'healthz', 'readyz', 'metrics']

/** Only these may name a package that opens a door to the outside. */
export const packageDoors: Record<string, readonly string[]> = {
  ssh2: ['ssh'],
  'node-ssh': ['ssh'],
  pg: ['store', 'jobs'],
  '@prisma/client': ['store'],
  '@prisma/adapter-pg': ['store'],
  'graphile-worker': ['jobs'],
  'better-auth': ['auth'],
  hono: ['api', 'wire'],
  ws: ['api'],
  next: ['i18n', 'wire'],
}

export interface Arrow {
  from: string
  specifier: string
  typeOnly: boolean
}

/** Run-time and type imports of one source text, in order. */
export function importsOf(source: string): Omit<Arrow, 'from'>[] {
  const code = source.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
  const found: Omit<Arrow, 'from'>[] = []
  const statement = /\b(?:import|export)\b(\s+type\b(?!\s*,|\s+from\b))?[^'";=()]*?\bfrom\s*['"]([^'"]+)['"]/g
  const bare = /(?:^|[;\n])\s*import\s*['"]([^'"]+)['"]|\b(?:import|require)\(\s*['"]([^'"]+)['"]/g
  for (const [, typeWord, specifier = ''] of code.matchAll(statement))
    found.push({ specifier, typeOnly: typeWord !== undefined })
  for (const [, first, second] of code.matchAll(bare)) found.push({ specifier: first ?? second ?? '', typeOnly: false })
  return found
}

const place = (root: string, file: string): { area: string; folder: string } => {
  const [area = '', folder = ''] = relative(root, file).split('/')
  return { area, folder }
}

/** Why this import may not stand in this file, or null. Both paths are relative to the root or package names. */
export function wrong(root: string, file: string, { specifier, typeOnly }: Omit<Arrow, 'from'>): string | null {
  const here = place(root, file)
  const isRoot = here.area === 'lib' && here.folder.endsWith('.ts')
  if (typeOnly || isRoot) return null
  const target = specifier.startsWith('.')
    ? resolve(file, '..', specifier)
    : specifier.startsWith('@/')
      ? join(root, specifier.slice(2))
      : null
  if (target === null) {
    if (here.area === 'lib' && pure.includes(here.folder) && specifier.startsWith('node:'))
      return `lib/${here.folder} is pure and may not use ${specifier}`
    const name = Object.keys(packageDoors).find((door) => specifier === door || specifier.startsWith(`${door}/`))
    if (name === undefined || here.area !== 'lib' || packageDoors[name]?.includes(here.folder)) return null
    return `only lib/{${packageDoors[name]?.join(',')}} may import ${name}`
  }
  const there = place(root, target)
  if (there.area !== 'lib')
    return here.area === 'lib' && ['app', 'components', 'e2e', 'scripts'].includes(there.area)
      ? `lib may not import ${there.area}`
      : null
  if (here.area === 'lib') {
    const row = mayImport[here.folder]
    if (row === undefined) return `lib/${here.folder} has no row in scripts/boundaries.ts`
    return there.folder === here.folder || row.includes(there.folder)
      ? null
      : `lib/${here.folder} may not import lib/${there.folder}`
  }
  if (here.area !== 'app' && here.area !== 'components') return null
  const isMount = here.area === 'app' && mounts.includes(here.folder)
  if (isMount)
    return ['api', ...browserMay].includes(there.folder) ? null : `app/${here.folder} mounts lib/api and nothing else`
  return browserMay.includes(there.folder)
    ? null
    : `${here.area} may not import lib/${there.folder}; it goes through lib/wire`
}

/** Every source file of the product, tests apart: a test may reach anywhere. */
export function sourceFiles(root: string): string[] {
  return ['lib', 'app', 'components']
    .flatMap((area) =>
      readdirSync(join(root, area), { recursive: true, encoding: 'utf8' }).map((name) => join(root, area, name)),
    )
    .filter((file) => /\.tsx?$/.test(file) && !/\.test\.tsx?$/.test(file) && !file.includes('/generated/'))
}

export function violations(root: string): string[] {
  return sourceFiles(root).flatMap((file) =>
    importsOf(readFileSync(file, 'utf8')).flatMap((arrow) => {
      const why = wrong(root, file, arrow)
      return why === null ? [] : [`${relative(root, file)}: ${why} ('${arrow.specifier}')`]
    }),
  )
}
