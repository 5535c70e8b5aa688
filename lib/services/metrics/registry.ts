import { collectDefaultMetrics, Registry } from 'prom-client'
import { once } from '../../kit/once.ts'

/** The registry of this process; each metric is made once, whichever bundle asks first. */
export const registry = (): Registry =>
  once('metrics.registry', () => {
    const made = new Registry()
    collectDefaultMetrics({ register: made, prefix: 'drawbridge_' })
    return made
  })

export const metric = <T>(name: string, make: (registers: Registry[]) => T): T =>
  once(`metrics.${name}`, () => make([registry()]))
