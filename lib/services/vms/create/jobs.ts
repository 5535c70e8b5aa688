import type { JobKind } from '../../../jobs/kind.ts'
import { cloneJob } from './clone.ts'
import { createJob } from './job.ts'
import { templateJob } from './template.ts'

/** The kinds of jobs that make VMs, or something of them. */
export const creationJobs = (now: () => Date): JobKind[] => [createJob(now), cloneJob(now), templateJob(now)]
