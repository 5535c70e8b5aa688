import * as z from 'zod'
import { prepareRequestSchema } from '../../contract/hosts.ts'
import { fixCheck } from '../../host/prepare.ts'
import { readFacts } from '../../host/facts.ts'
import type { JobKind } from '../../jobs/kind.ts'
import { Problem } from '../../kit/problem.ts'
import { getHost } from '../../store/hosts.ts'
import { sshProblem } from '../ssh-problem.ts'
import { keepFacts } from './facts.ts'
import { sessionOf } from './target.ts'

export const prepareKind = 'host.prepare'

const inputSchema = z.object({ checks: prepareRequestSchema.shape.checks })

/** Puts one check after the other in order; what is in order already is left alone, so it may begin again. */
export const prepareJob = (now: () => Date): JobKind => ({
  kind: prepareKind,
  cancellable: true,
  resumable: true,
  async run({ hostId, input, step, log, progress, signal }) {
    const { checks } = inputSchema.parse(input)
    const host = hostId === null ? null : await getHost(hostId)
    if (host === null) throw new Problem({ code: 'no-host', kind: 'not-found', title: 'The host was removed.' })
    const session = await sessionOf(host)
    const after = []
    for (const [index, id] of checks.entries()) {
      const check = await step(id, async () => {
        const fixed = await fixCheck(session, id, { now, log, signal })
        if (fixed.ok) return fixed.value
        const { code, title, detail, ssh } = fixed.error
        if (ssh !== undefined && code === 'connection') throw sshProblem(ssh)
        throw new Problem({ code, kind: 'conflict', title, ...(detail === undefined ? {} : { detail }) })
      })
      after.push({ id: check.id, state: check.state, evidence: check.evidence })
      progress((index + 1) / checks.length)
    }
    const facts = await readFacts(session, now)
    if (facts.ok) await keepFacts(host.id, facts.value)
    return { checks: after }
  },
})
