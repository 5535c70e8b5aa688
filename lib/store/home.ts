import { join } from 'node:path'

/**
 * A path in the folder Drawbridge is installed in. That is the working directory of every way to start it; the
 * module's own place will not do, because a bundler moves modules.
 */
export const homePath = (...parts: string[]): string => join(process.cwd(), ...parts)
