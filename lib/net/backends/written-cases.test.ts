import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'
import { blankLink, noBridge, type LinkConfig } from '../model.ts'
import { ifupdown, ifupdown2 } from './ifupdown.ts'
import { netplan } from './netplan.ts'
import { networkd } from './networkd.ts'
import { networkmanager } from './networkmanager.ts'
import { changed, firstDifference } from './proof.ts'
import type { ConfigFile } from '../back-end.ts'

const cases = join(import.meta.dirname, 'cases')

/** A link as it is to be, without what it does not say; `after: null` deletes it. */
type Wish = Partial<LinkConfig> & Pick<LinkConfig, 'name' | 'kind'>

function filesIn(folder: string): ConfigFile[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const path = join(entry.parentPath, entry.name)
      const content = readFileSync(path, 'utf8')
      return { path: `/${relative(folder, path)}`, content, mode: 0o644, uid: 0, gid: 0 }
    })
    .toSorted((one, other) => (one.path < other.path ? -1 : 1))
}

const contents = (files: readonly ConfigFile[]): Record<string, string> =>
  Object.fromEntries(files.map(({ path, content }) => [path, content]))

describe.each([networkd, netplan, ifupdown, ifupdown2, networkmanager])('$id', (driver) => {
  const folder = join(cases, driver.id)
  it.each(readdirSync(folder))('%s', (name) => {
    const before = filesIn(join(folder, name, 'before'))
    const wishes = JSON.parse(readFileSync(join(folder, name, 'change.json'), 'utf8')) as (Wish | { delete: string })[]
    const old = driver.read(before)
    expect(old.unreadable).toEqual([])
    const changes = wishes.map((wish) => {
      const target = 'delete' in wish ? wish.delete : wish.name
      const was = old.links.find((link) => link.name === target) ?? null
      if ('delete' in wish) return { name: target, before: was, after: null }
      const bridge = wish.bridge === undefined || wish.bridge === null ? null : { ...noBridge, ...wish.bridge }
      const after = { ...blankLink(target, wish.kind), ...wish }
      return {
        name: target,
        before: was,
        after: { ...after, bridge: wish.kind === 'bridge' ? (bridge ?? noBridge) : null },
      }
    })
    const made = driver.write(before, changes)
    if (!made.ok) throw new Error(made.error.text)
    const after = changed(before, made.value)
    expect(contents(after)).toEqual(contents(filesIn(join(folder, name, 'after'))))
    const back = changes.map((change) => ({ ...change, before: change.after, after: change.before }))
    const reverted = driver.write(after, back.toReversed())
    if (!reverted.ok) throw new Error(reverted.error.text)
    const last = driver.read(changed(after, reverted.value)).links
    for (const link of old.links)
      expect(firstDifference(link, last.find((one) => one.name === link.name) ?? null)).toBeNull()
  })
})
