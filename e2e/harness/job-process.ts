/** For tests: `node job-process.ts DIR GATE KIND…` runs one job of each kind until it is killed. Prints their ids. */
import { jobRunner } from '../../lib/jobs/runner.ts'
import { stepsOf } from '../../lib/store/jobs.ts'
import { gatedSteps, testKinds } from './job-kinds.ts'
import { mustOpen } from './scratch-store.ts'

const [dir = '', gate = '', ...kinds] = process.argv.slice(2)
await mustOpen(dir, process.env.DATABASE_URL)
const running = new Set<string>()
const ids: string[] = []
await jobRunner().start({
  kinds: testKinds,
  onJobChanged: (job) => {
    if (stepsOf(job).some(({ state }) => state === 'running')) running.add(job.id)
    if (running.size === kinds.length) process.stdout.write(`${JSON.stringify(ids)}\n`)
  },
})
for (const kind of kinds) {
  const job = { kind, title: kind, hostId: null, input: { gate }, createdBy: 'test', steps: gatedSteps }
  ids.push(await jobRunner().enqueue(job))
}
