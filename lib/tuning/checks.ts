import { brNetfilter } from './br-netfilter.ts'
import type { TuningCheck } from './check.ts'
import { defaultNetwork } from './default-network.ts'
import { groups } from './groups.ts'
import { kvmUsable } from './kvm-usable.ts'
import { modules } from './modules.ts'
import { packages } from './packages.ts'
import { rootRights } from './root-rights.ts'
import { services } from './services.ts'
import { storagePool } from './storage-pool.ts'

/** The preparation of a host, in the order in which fixes make sense: what comes later needs what comes before. */
export const preparationChecks: readonly TuningCheck[] = [
  rootRights,
  packages,
  kvmUsable,
  modules,
  services,
  groups,
  brNetfilter,
  defaultNetwork,
  storagePool,
]

export const checkById = (id: string): TuningCheck | null => preparationChecks.find((check) => check.id === id) ?? null
