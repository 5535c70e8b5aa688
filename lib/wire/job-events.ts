'use client'
import { useEffect, useState } from 'react'
import type { JobEvent } from '../contract/jobs.ts'

export interface JobFeed {
  /** In order, without gaps, from the job's beginning. */
  events: readonly JobEvent[]
  /** Nothing follows any more. */
  ended: boolean
}

/** Lines come in bursts; one render for each would be too many. */
const gatherMs = 100
const kinds: JobEvent['kind'][] = ['log', 'step', 'progress', 'state']
const nothing: JobFeed = { events: [], ended: false }

/** What a job says, as it goes on. The browser connects again by itself and resumes where it was. */
export function useJobEvents(job: string): JobFeed {
  const [feed, setFeed] = useState<{ job: string } & JobFeed>({ job, ...nothing })
  useEffect(() => {
    const source = new EventSource(`/api/v1/jobs/${encodeURIComponent(job)}/events`)
    let events: readonly JobEvent[] = []
    let fresh: JobEvent[] = []
    let timer: ReturnType<typeof setTimeout> | null = null
    const show = (ended: boolean): void => {
      timer = null
      events = [...events, ...fresh]
      fresh = []
      setFeed({ job, events, ended })
    }
    for (const kind of kinds)
      source.addEventListener(kind, (message) => {
        fresh.push(JSON.parse((message as MessageEvent<string>).data) as JobEvent)
        timer ??= setTimeout(() => show(false), gatherMs)
      })
    source.addEventListener('end', () => {
      source.close()
      if (timer !== null) clearTimeout(timer)
      show(true)
    })
    return () => {
      source.close()
      if (timer !== null) clearTimeout(timer)
    }
  }, [job])
  return feed.job === job ? feed : nothing
}
