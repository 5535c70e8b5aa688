import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { once } from '../kit/once.ts'

/**
 * The text of one of our scripts, e.g. `lib/host/scripts/facts.sh`, read once. It goes to the host as an argument of
 * its interpreter or on stdin; nothing is ever put into it.
 */
export function scriptText(path: `lib/${string}`): string {
  return once(`script.${path}`, () => {
    // The bundler moves modules away from their folder, so import.meta says nothing about where the scripts are.
    const started = dirname(process.argv[1] ?? '.')
    const roots = [process.cwd(), started, dirname(started)]
    const root = roots.find((candidate) => existsSync(join(/* turbopackIgnore: true */ candidate, path)))
    if (root === undefined) throw new Error(`${path} is missing; looked in ${roots.join(', ')}`)
    return readFileSync(join(/* turbopackIgnore: true */ root, path), 'utf8')
  })
}
