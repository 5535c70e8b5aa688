'use client'
import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { CloneVolume, FetchImage, NewPool, NewVolume } from '../contract/storage.ts'
import { api, given } from './client.ts'
import { keys } from './queries.ts'

/** A host's storage pools, their volumes, and the images in them. */

const storageKey = (host: string) => [...keys.hosts.one(host), 'storage'] as const
export const storageKeyOf = storageKey
// libvirt tells nothing of what is written into pools, and other people upload, too.
const againMs = 10_000

export const storageQueries = {
  pools: (host: string) =>
    queryOptions({
      queryKey: [...storageKey(host), 'pools'] as const,
      queryFn: () => given(api.hosts[':host'].pools.$get({ param: { host } })),
      refetchInterval: againMs,
    }),
  volumes: (host: string, pool: string) =>
    queryOptions({
      queryKey: [...storageKey(host), 'pools', pool, 'volumes'] as const,
      queryFn: async () =>
        (await given(api.hosts[':host'].pools[':pool'].volumes.$get({ param: { host, pool } }))).items,
      refetchInterval: againMs,
    }),
  images: (host: string) =>
    queryOptions({
      queryKey: [...storageKey(host), 'images'] as const,
      queryFn: () => given(api.hosts[':host'].images.$get({ param: { host } })),
      refetchInterval: againMs,
    }),
  catalogue: () =>
    queryOptions({
      queryKey: ['images', 'catalogue'] as const,
      queryFn: async () => (await given(api.images.catalogue.$get())).items,
      staleTime: Infinity,
    }),
}

export const usePools = (host: string) => useQuery(storageQueries.pools(host))
export const useVolumes = (host: string, pool: string, enabled = true) =>
  useQuery({ ...storageQueries.volumes(host, pool), enabled })
export const useImages = (host: string) => useQuery(storageQueries.images(host))
export const useCatalogue = () => useQuery(storageQueries.catalogue())

function useStorageWrite<Input, Output>(host: string, write: (input: Input) => Promise<Output>) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: write,
    onSettled: () => cache.invalidateQueries({ queryKey: storageKey(host) }),
  })
}

export const useMakePool = (host: string) =>
  useStorageWrite(host, (json: NewPool) => given(api.hosts[':host'].pools.$post({ param: { host }, json })))
export const usePoolPower = (host: string) =>
  useStorageWrite(host, ({ pool, verb }: { pool: string; verb: 'start' | 'stop' | 'refresh' }) =>
    given(api.hosts[':host'].pools[':pool'][verb].$post({ param: { host, pool } })),
  )
export const useAutostartPool = (host: string) =>
  useStorageWrite(host, ({ pool, autostart }: { pool: string; autostart: boolean }) =>
    given(api.hosts[':host'].pools[':pool'].$patch({ param: { host, pool }, json: { autostart } })),
  )
export const useForgetPool = (host: string) =>
  useStorageWrite(host, async (pool: string) => {
    await api.hosts[':host'].pools[':pool'].$delete({ param: { host, pool } })
  })

export const useMakeVolume = (host: string, pool: string) =>
  useStorageWrite(host, (json: NewVolume) =>
    given(api.hosts[':host'].pools[':pool'].volumes.$post({ param: { host, pool }, json })),
  )
export const useResizeVolume = (host: string, pool: string) =>
  useStorageWrite(host, ({ volume, capacityBytes }: { volume: string; capacityBytes: number }) =>
    given(
      api.hosts[':host'].pools[':pool'].volumes[':volume'].resize.$post({
        param: { host, pool, volume },
        json: { capacityBytes },
      }),
    ),
  )
export const useCloneVolume = (host: string, pool: string) =>
  useStorageWrite(host, ({ volume, asked }: { volume: string; asked: CloneVolume }) =>
    given(
      api.hosts[':host'].pools[':pool'].volumes[':volume'].clone.$post({ param: { host, pool, volume }, json: asked }),
    ),
  )
export const useDeleteVolume = (host: string) =>
  useStorageWrite(host, async ({ pool, volume }: { pool: string; volume: string }) => {
    await api.hosts[':host'].pools[':pool'].volumes[':volume'].$delete({ param: { host, pool, volume } })
  })

export const useDeleteImage = (host: string) =>
  useStorageWrite(host, async ({ pool, image }: { pool: string; image: string }) => {
    await api.hosts[':host'].images[':pool'][':image'].$delete({ param: { host, pool, image } })
  })
export const useFetchImage = (host: string) =>
  useStorageWrite(host, (json: FetchImage) => given(api.hosts[':host'].images.fetch.$post({ param: { host }, json })))
export const useAbortUpload = (host: string) =>
  useStorageWrite(host, async ({ pool, upload }: { pool: string; upload: string }) => {
    await api.hosts[':host'].pools[':pool'].uploads[':upload'].$delete({ param: { host, pool, upload } })
  })
