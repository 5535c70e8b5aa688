'use client'
import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { SetForwarding } from '../contract/forwarding.ts'
import type { EditNetwork, NewNetwork } from '../contract/libvirt-networks.ts'
import { api, given } from './client.ts'
import { keys } from './queries.ts'

/** A host's libvirt networks and its forwarding. */

const networksKey = (host: string) => [...keys.hosts.one(host), 'networks'] as const
const forwardingKey = (host: string) => [...keys.hosts.one(host), 'forwarding'] as const
// Leases and states change without a word to us; a lease that comes later than this would look like none.
const againMs = 5000

export const libvirtNetworkQueries = {
  list: (host: string) =>
    queryOptions({
      queryKey: networksKey(host),
      queryFn: async () => (await given(api.hosts[':host'].networks.$get({ param: { host } }))).items,
      refetchInterval: againMs,
    }),
  leases: (host: string, network: string) =>
    queryOptions({
      queryKey: [...networksKey(host), network, 'leases'] as const,
      queryFn: async () =>
        (await given(api.hosts[':host'].networks[':network'].leases.$get({ param: { host, network } }))).items,
      refetchInterval: againMs,
    }),
  forwarding: (host: string) =>
    queryOptions({
      queryKey: forwardingKey(host),
      queryFn: () => given(api.hosts[':host'].forwarding.$get({ param: { host } })),
    }),
}

export const useLibvirtNetworks = (host: string) => useQuery(libvirtNetworkQueries.list(host))
export const useLeases = (host: string, network: string) => useQuery(libvirtNetworkQueries.leases(host, network))
export const useForwarding = (host: string) => useQuery(libvirtNetworkQueries.forwarding(host))

function useNetworkWrite<Input, Output>(host: string, write: (input: Input) => Promise<Output>) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: write,
    onSettled: () => cache.invalidateQueries({ queryKey: networksKey(host) }),
  })
}

export const useMakeNetwork = (host: string) =>
  useNetworkWrite(host, (json: NewNetwork) => given(api.hosts[':host'].networks.$post({ param: { host }, json })))
export const useEditNetwork = (host: string) =>
  useNetworkWrite(host, ({ network, edit }: { network: string; edit: EditNetwork }) =>
    given(api.hosts[':host'].networks[':network'].$put({ param: { host, network }, json: edit })),
  )
export const useAutostartNetwork = (host: string) =>
  useNetworkWrite(host, ({ network, autostart }: { network: string; autostart: boolean }) =>
    given(api.hosts[':host'].networks[':network'].$patch({ param: { host, network }, json: { autostart } })),
  )
export const useRemoveNetwork = (host: string) =>
  useNetworkWrite(host, (network: string) =>
    given(api.hosts[':host'].networks[':network'].$delete({ param: { host, network } })),
  )
export const useStartNetwork = (host: string) =>
  useNetworkWrite(host, (network: string) =>
    given(api.hosts[':host'].networks[':network'].start.$post({ param: { host, network } })),
  )
export const useStopNetwork = (host: string) =>
  useNetworkWrite(host, ({ network, force }: { network: string; force: boolean }) =>
    given(api.hosts[':host'].networks[':network'].stop.$post({ param: { host, network }, json: { force } })),
  )

export function useSetForwarding(host: string) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: (json: SetForwarding) => given(api.hosts[':host'].forwarding.$put({ param: { host }, json })),
    onSettled: () => cache.invalidateQueries({ queryKey: forwardingKey(host) }),
  })
}
