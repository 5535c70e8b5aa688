import type { Actor } from '../../access/can.ts'

/** Who calls, before we know who it is. */
export interface Caller {
  /** Cookies, browser and `x-forwarded-for`, as they came. */
  headers: Headers
  address: string | null
}

/** Sessions, passwords and second factors are people's. */
export type Person = Extract<Actor, { kind: 'user' }>
