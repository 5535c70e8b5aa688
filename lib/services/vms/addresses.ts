import type { VmAddress } from '../../contract/vms.ts'
import type { KnownDomain } from './board.ts'

/** Addresses of a guest by what the host was last seen to know of it, best source first. */
export function addressesOf(_hostId: string, _domain: KnownDomain): VmAddress[] {
  return []
}
