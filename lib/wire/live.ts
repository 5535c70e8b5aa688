'use client'
import { type QueryClient, useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useState, useSyncExternalStore } from 'react'
import type { Host } from '../contract/hosts.ts'
import type { FleetFrame, FleetRow, LiveEvent } from '../stats/live-protocol.ts'
import { fromKeyframe, type HostView, type Series, withDelta } from './host-view.ts'
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

const watchers = new Map<string, number>()

/** Several parts of a page may watch one host; its view is forgotten when the last one leaves. */
function watchHost(host: string, changed: () => void): () => void {
  watchers.set(host, (watchers.get(host) ?? 0) + 1)
  const leave = liveStream().subscribe(`host:${host}`, (event) => {
    if (takeFrame(event)) changed()
  })
  return () => {
    leave()
    const left = (watchers.get(host) ?? 1) - 1
    watchers.set(host, left)
    if (left > 0) return
    watchers.delete(host)
    views.delete(host)
    arrivals.delete(host)
  }
}

/** The live figures of a host, 1 Hz; null before the first frame. @param host id, not name; null: nothing is watched */
export function useHostView(host: string | null): HostView | null {
  const subscribe = useCallback(
    (changed: () => void) => {
      if (host === null) return () => undefined
      return watchHost(host, changed)
    },
    [host],
  )
  return useSyncExternalStore(
    subscribe,
    () => (host === null ? null : (views.get(host) ?? null)),
    () => null,
  )
}

const ageStepMs = 1000
/** Milliseconds since the newest frame of this host reached the browser, in whole seconds; null before the first. */
export function useFrameAgeMs(host: string | null): number | null {
  return useSyncExternalStore(
    everySecond,
    () => ageOf(host),
    () => null,
  )
}

function everySecond(changed: () => void): () => void {
  const timer = setInterval(changed, ageStepMs)
  return () => clearInterval(timer)
}

function ageOf(host: string | null): number | null {
  const arrived = host === null ? undefined : arrivals.get(host)
  return arrived === undefined ? null : Math.floor((performance.now() - arrived) / ageStepMs) * ageStepMs
}

/** Live figures of several hosts, by id; null before a host's first frame. At most 32 are watched. */
export function useHostViews(hosts: readonly string[]): ReadonlyMap<string, HostView> {
  const asked = hosts.slice(0, topicLimit).join(' ')
  const [known, setKnown] = useState<ReadonlyMap<string, HostView>>(new Map())
  useEffect(() => {
    const ids = asked.split(' ').filter(Boolean)
    const leaves = ids.map((id) =>
      watchHost(id, () => {
        const view = views.get(id)
        if (view !== undefined) setKnown((held) => new Map(held).set(id, view))
      }),
    )
    return () => leaves.forEach((leave) => leave())
  }, [asked])
  return known
}

/** As many hosts as the server lets one stream carry. */
const topicLimit = 30

export interface FleetView {
  at: number
  /** By host id. */
  rows: ReadonlyMap<string, FleetRow>
  /** Packets per second of the uplinks in the last two minutes, as far as this page has watched; oldest first. */
  history: ReadonlyMap<string, { rx: Series; tx: Series }>
}
const fleetPoints = 120
let fleet: FleetView | null = null

function withFrame(view: FleetView | null, { at, rows }: FleetFrame): FleetView {
  const grow = (series: Series | undefined, value: number | null): Series =>
    [...(series ?? []), value].slice(-fleetPoints)
  return {
    at,
    rows: new Map(rows.map((row) => [row.host, row])),
    history: new Map(
      rows.map(({ host, rxPps, txPps }) => {
        const held = view?.history.get(host)
        return [host, { rx: grow(held?.rx, rxPps), tx: grow(held?.tx, txPps) }]
      }),
    ),
  }
}

/** The fleet's figures, 1 Hz; null before the first frame. */
export function useFleet(): FleetView | null {
  return useSyncExternalStore(
    subscribeFleet,
    () => fleet,
    () => null,
  )
}

function subscribeFleet(changed: () => void): () => void {
  return liveStream().subscribe('fleet', (event) => {
    if (event.type !== 'fleet' || event.at === fleet?.at) return
    fleet = withFrame(fleet, event)
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
    case 'vms-changed':
      void cache.invalidateQueries({ queryKey: keys.vms.all() })
      break
    case 'change-changed':
      void cache.invalidateQueries({ queryKey: keys.changes.all() })
      void cache.invalidateQueries({ queryKey: keys.hosts.all(), predicate: isNetwork })
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

const isNetwork = ({ queryKey }: { queryKey: readonly unknown[] }): boolean => queryKey[3] === 'network'

/** Not the check list: looking at it reads the facts, which would be told here again. */
const isFromFacts = ({ queryKey }: { queryKey: readonly unknown[] }): boolean =>
  queryKey[3] === undefined || ['facts', 'links', 'network'].some((read) => read === queryKey[3])
