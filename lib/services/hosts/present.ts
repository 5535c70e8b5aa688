import type { Host } from '../../contract/hosts.ts'
import type { HostFacts } from '../../facts/facts.ts'
import { hub } from '../../live/hub.ts'
import type { HostRow } from '../../store/hosts.ts'

/** A host as the API gives it: its row, what is known of it, and how it is right now. */
export function presentHost(row: HostRow, facts: HostFacts | null): Host {
  const live = hub().state(row.id)
  return {
    id: row.id,
    name: row.name,
    address: row.address,
    port: row.port,
    user: row.user,
    signIn: row.signIn as Host['signIn'],
    publicKey: row.publicKey,
    jumpHostId: row.jumpHostId,
    tags: row.tags,
    notes: row.notes,
    teamId: row.teamId,
    keys: row.keys.map(({ algorithm, fingerprint, pinnedAt, pinnedBy }) => ({
      algorithm,
      fingerprint,
      pinnedAt: pinnedAt.toISOString(),
      pinnedBy,
    })),
    state: live.state,
    since: live.since,
    reason: live.reason,
    offeredKey: live.offeredKey,
    lastSeenAt: row.lastSeenAt?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
    summary: facts === null ? null : summaryOf(facts),
  }
}

const summaryOf = ({ takenAt, os, network, cpu, memory, kvm, domains }: HostFacts): Host['summary'] => ({
  takenAt,
  osName: os.name,
  kernel: os.kernel,
  backEnd: network.backEnd,
  threads: cpu.threads,
  memoryBytes: memory.totalBytes,
  kvm: kvm.state,
  vmsRunning: domains.filter(({ state }) => state === 'running').length,
  vmsTotal: domains.length,
  bridges: network.links.filter(({ kind }) => kind === 'bridge').length,
})
