/**
 * Makes `npm ci` accept a lock written where the registry offers no builds for other systems.
 *
 * npm drops optional dependencies it cannot install here from the lock, and `npm ci` then calls them missing. A stub
 * entry (version, optional, an `os` that never matches) says "known, not for this machine". Run after every change of
 * the lock: `npm run lock`. Safe to run twice.
 */
import { readFileSync, writeFileSync } from 'node:fs'

interface Entry {
  version?: string
  optional?: boolean
  extraneous?: boolean
  os?: string[]
  optionalDependencies?: Record<string, string>
}

const file = new URL('../package-lock.json', import.meta.url)
const lock = JSON.parse(readFileSync(file, 'utf8')) as { packages: Record<string, Entry> }

/** Where Node would find `name` from `from`, or null. */
function resolve(from: string, name: string): string | null {
  for (let base = from; ;) {
    const path = `${base === '' ? '' : `${base}/`}node_modules/${name}`
    if (lock.packages[path]) return path
    if (base === '') return null
    const parent = base.lastIndexOf('/node_modules/')
    base = parent < 0 ? '' : base.slice(0, parent)
  }
}

let stubs = 0
for (const [path, entry] of Object.entries(lock.packages)) {
  if (entry.extraneous) {
    delete lock.packages[path]
    continue
  }
  for (const [name, range] of Object.entries(entry.optionalDependencies ?? {})) {
    if (resolve(path, name)) continue
    lock.packages[`node_modules/${name}`] = { version: range.replace(/^[\^~]/, ''), optional: true, os: ['none'] }
    stubs += 1
  }
}

const root = lock.packages['']
const rest = Object.keys(lock.packages)
  .filter((path) => path !== '')
  .toSorted((a, b) => a.localeCompare(b, 'en'))
const packages = Object.fromEntries([['', root], ...rest.map((path) => [path, lock.packages[path]])])
writeFileSync(file, `${JSON.stringify({ ...lock, packages }, null, 2)}\n`)
process.stdout.write(`package-lock.json: ${stubs} stub entries added\n`)
