import type { DomainRef } from '../../host/libvirt/calls.ts'
import type { RpcClient } from '../../host/libvirt/client.ts'
import { abortJob, jobStats } from '../../host/libvirt/migration-calls.ts'
import type { JobContext } from '../../jobs/kind.ts'

// Often enough that the bar moves; each is one question of a millisecond.
const progressMs = 500

/**
 * How much of what libvirt does to a domain is over, for the bar; and the cancel, which libvirt heeds within moments.
 * @param client not the one that waits for the end of it
 */
export function watchDomainJob(
  client: RpcClient,
  ref: DomainRef,
  { signal, progress }: Pick<JobContext, 'signal' | 'progress'>,
): { stop: () => void } {
  const cancel = () => void client.call(abortJob(ref))
  signal.addEventListener('abort', cancel, { once: true })
  const look = async () => {
    const stats = await client.call(jobStats(ref, false))
    if (signal.aborted) cancel()
    if (!stats.ok) return
    const [total, remaining] = ['data_total', 'data_remaining'].map((name) => Number(stats.value.get(name) ?? 0))
    if (total !== undefined && remaining !== undefined && total > 0) progress(Math.max(0, 1 - remaining / total) * 0.98)
  }
  const timer = setInterval(() => void look(), progressMs)
  return {
    stop: () => {
      clearInterval(timer)
      signal.removeEventListener('abort', cancel)
    },
  }
}
