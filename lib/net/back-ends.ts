import type { BackEndDriver } from './back-end.ts'
import type { ManagedBackEnd } from './model.ts'
import { networkd } from './backends/networkd.ts'

/** The tools whose files Drawbridge changes. */
export const backEnds: Partial<Record<ManagedBackEnd, BackEndDriver>> = { networkd }
