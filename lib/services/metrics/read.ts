import { Gauge } from 'prom-client'
import type { Actor } from '../../access/can.ts'
import { hub } from '../../live/hub.ts'
import { hostStateSchema } from '../../contract/hosts.ts'
import { listHosts } from '../../store/hosts.ts'
import { countJobs } from '../../store/jobs.ts'
import { refuse } from '../refuse.ts'
import { metric, registry } from './registry.ts'

const hosts = (): Gauge<'state'> =>
  metric(
    'hosts',
    (registers) => new Gauge({ name: 'drawbridge_hosts', help: 'Hosts by state', labelNames: ['state'], registers }),
  )
const jobs = (): Gauge<'state'> =>
  metric(
    'jobs',
    (registers) => new Gauge({ name: 'drawbridge_jobs', help: 'Jobs by state', labelNames: ['state'], registers }),
  )

/** Prometheus text: the process, the API, hosts and jobs. Figures of links are not in here: they have a stream. */
export async function readMetrics(actor: Actor): Promise<{ contentType: string; text: string }> {
  await refuse(actor, 'metrics.read')
  const states = (await listHosts()).map(({ id }) => hub().state(id).state)
  for (const state of hostStateSchema.options) hosts().set({ state }, states.filter((one) => one === state).length)
  for (const [state, number] of Object.entries(await countJobs())) jobs().set({ state }, number)
  return { contentType: registry().contentType, text: await registry().metrics() }
}
