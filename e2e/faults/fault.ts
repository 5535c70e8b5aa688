import type { Configuration, Rig } from './rig.ts'

export type Section = 'Dashboard and link' | 'Host' | 'Back-end' | 'Concurrency and data'

/** What is done to a change, and how it must end. `run` throws unless the invariant holds and says which end it was. */
export interface Fault {
  number: number
  name: string
  section: Section
  /** How it is brought about, for the table; what of it can't be had in the lab. */
  how: string
  /** Runs in every run of the tests, not only in the whole. */
  short?: true
  run?: (rig: Rig) => Promise<Configuration>
  /** Why it is not run. */
  skip?: string
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
