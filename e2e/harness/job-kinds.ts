/** For tests: kinds of jobs that wait for a file, so that a test decides when they go on. */
import { existsSync, watch } from 'node:fs'
import { dirname } from 'node:path'
import * as z from 'zod'
import type { JobKind } from '../../lib/jobs/kind.ts'

const inputSchema = z.object({ gate: z.string() })

/** Until that file is there, or the signal says no. */
export async function fileAppears(file: string, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const look = (): void => void (existsSync(file) && resolve())
  const watcher = watch(dirname(file), look)
  const leave = (): void => reject(signal.reason as Error)
  signal.addEventListener('abort', leave)
  if (signal.aborted) leave()
  look()
  await promise.finally(() => {
    watcher.close()
    signal.removeEventListener('abort', leave)
  })
}

/** Logs, opens the step `wait` until `input.gate` exists, then runs the step `work`. */
const gated = (kind: string, resumable: boolean): JobKind => ({
  kind,
  cancellable: resumable,
  resumable,
  async run({ input, attempt, step, log, progress, signal }) {
    const { gate } = inputSchema.parse(input)
    await step('wait', async () => {
      log(`attempt ${attempt} waits`)
      await fileAppears(gate, signal)
    })
    progress(0.5)
    return step('work', async () => ({ attempt }))
  },
})

export const gatedSteps = [
  { id: 'wait', title: 'Wait' },
  { id: 'work', title: 'Work' },
]
export const testKinds: readonly JobKind[] = [gated('test.resumable', true), gated('test.fragile', false)]
