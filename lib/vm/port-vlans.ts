import type { NicVlan } from './nic-settings.ts'

export interface WantedPortVlan {
  vid: number
  pvid: boolean
  untagged: boolean
}

/** What a bridge's port must carry for a NIC to have these VLANs. Null: as the bridge gives to each new port. */
export function portVlansOf(vlan: NicVlan | null, defaultPvid: number | null): WantedPortVlan[] {
  if (vlan === null)
    return defaultPvid === null || defaultPvid === 0 ? [] : [{ vid: defaultPvid, pvid: true, untagged: true }]
  const native = vlan.trunk || vlan.tags.length > 1 ? vlan.native : (vlan.tags[0] ?? null)
  return vlan.tags.map((vid) => ({ vid, pvid: vid === native, untagged: vid === native }))
}

export const samePortVlans = (a: readonly WantedPortVlan[], b: readonly WantedPortVlan[]): boolean => {
  const key = (list: readonly WantedPortVlan[]) =>
    list
      .map(({ vid, pvid, untagged }) => `${vid} ${pvid} ${untagged}`)
      .toSorted()
      .join()
  return key(a) === key(b)
}
