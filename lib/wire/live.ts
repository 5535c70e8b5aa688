'use client'
import { type QueryClient, useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useSyncExternalStore } from 'react'
import type { Host } from '../contract/hosts.ts'
import type { FleetFrame, LiveEvent } from '../stats/live-protocol.ts'
import { fromKeyframe, type HostView, withDelta } from './host-view.ts'
import { keys } from './queries.ts'
import { liveStream, type StreamState } from './stream.ts'

/** Live figures of hosts, kept while somebody looks. */
const views = new Map<string, HostView>()
/** When the newest frame reached this browser (`performance.now()`): its age is told without trusting two clocks. */
const arrivals = new Map<string, number>()

function takeFrame(event: LiveEvent): boolean {
  if (event.type === 'host-keyframe') views.set(event.host, fromKeyframe(event))
  else if (event.type === 'host-delta') {
    const view = views.get(event.host)
    const next = view === undefined ? null : withDelta(view, event)
    if (next === null) {
      liveStream().resync()
      return false
    }
    views.set(event.host, next)
  } else return false
  arrivals.set(event.host, performance.now())
  return true
}

/** The live figures of a host, 1 Hz; null before the first frame. @param host id, not name; null: nothing is watched */
export function useHostView(host: string | null): HostView | null {
  const subscribe = useCallback(
    (changed: () => void) => {
      if (host === null) return () => undefined
      const leave = liveStream().subscribe(`host:${host}`, (event) => {
        if (takeFrame(event)) changed()
      })
      return () => {
        leave()
        views.delete(host)
      }
    },
    [host],
  )
  return useSyncExternalStore(
    subscribe,
    () => (host === null ? null : (views.get(host) ?? null)),
    () => null,
  )
}

/** Milliseconds since the newest frame of this host reached the browser; null before the first. Not a hook. */
export function frameAgeMs(host: string): number | null {
  const arrived = arrivals.get(host)
  return arrived === undefined ? null : performance.now() - arrived
}

let fleet: FleetFrame | null = null

/** The fleet's figures, 1 Hz; null before the first frame. */
export function useFleet(): FleetFrame | null {
  return useSyncExternalStore(
    subscribeFleet,
    () => fleet,
    () => null,
  )
}

function subscribeFleet(changed: () => void): () => void {
  return liveStream().subscribe('fleet', (event) => {
    if (event.type !== 'fleet') return
    fleet = event
    arrivals.set('fleet', performance.now())
    changed()
  })
}

/** Is the stream open, paused, lost? */
export const useStreamState = (): StreamState =>
  useSyncExternalStore(
    (changed) => liveStream().onStatus(changed),
    () => liveStream().status().state,
    () => 'idle',
  )

/** Keeps what was read true to what happens: mounted once, in the shell. */
export function useLiveCache(): void {
  const cache = useQueryClient()
  useEffect(() => {
    const take = (event: LiveEvent) => patch(cache, event)
    const leave = [liveStream().subscribe('fleet', take), liveStream().subscribe('jobs', take)]
    return () => leave.forEach((end) => end())
  }, [cache])
}

function patch(cache: QueryClient, event: LiveEvent): void {
  switch (event.type) {
    case 'host-state': {
      const { host: id, state, since, reason } = event
      const patched = (host: Host): Host => (host.id === id ? { ...host, state, since, reason } : host)
      cache.setQueriesData<Host[]>({ queryKey: keys.hosts.list() }, (hosts) => hosts?.map(patched))
      cache.setQueriesData<Host>({ queryKey: keys.hosts.all(), predicate: isOne }, (host) => host && patched(host))
      // Only the host itself tells which key it offers.
      if (state === 'key-changed' || state === 'up') void cache.invalidateQueries({ queryKey: keys.hosts.all() })
      break
    }
    case 'facts-changed':
      void cache.invalidateQueries({ queryKey: keys.hosts.all(), predicate: isFromFacts })
      break
    case 'job-changed':
      void cache.invalidateQueries({ queryKey: keys.jobs.all() })
      break
    case 'fleet':
    case 'host-keyframe':
    case 'host-delta':
      break
  }
}

/** `['hosts', 'one', host]`, and none of what lies below. */
const isOne = ({ queryKey }: { queryKey: readonly unknown[] }): boolean =>
  queryKey[1] === 'one' && queryKey.length === 3

/** Not the check list: looking at it reads the facts, which would be told here again. */
const isFromFacts = ({ queryKey }: { queryKey: readonly unknown[] }): boolean =>
  queryKey[3] === undefined || queryKey[3] === 'facts' || queryKey[3] === 'links'
