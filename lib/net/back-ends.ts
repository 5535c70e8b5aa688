import type { BackEndDriver } from './back-end.ts'
import type { ManagedBackEnd } from './model.ts'
import { ifupdown, ifupdown2 } from './backends/ifupdown.ts'
import { netplan } from './backends/netplan.ts'
import { networkd } from './backends/networkd.ts'
import { networkmanager } from './backends/networkmanager.ts'

/** The tools whose files Drawbridge changes. */
export const backEnds: Partial<Record<ManagedBackEnd, BackEndDriver>> = {
  networkd,
  netplan,
  ifupdown,
  ifupdown2,
  networkmanager,
}
