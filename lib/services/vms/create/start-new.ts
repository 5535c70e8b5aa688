import { connectLibvirt } from '../../../host/libvirt/connect.ts'
import { lookUpDomain, resumeDomain, startDomain } from '../../../host/libvirt/domain-calls.ts'
import { qemuLogTail } from '../../../host/qemu-log.ts'
import { Problem } from '../../../kit/problem.ts'
import type { HostRow } from '../../../store/hosts.ts'
import { startFailure } from '../../../vm/start-failure.ts'
import { refreshBoard } from '../board.ts'
import { libvirtOn } from '../find.ts'
import { granted, runs, spoken } from './making.ts'
import { libvirtBack } from './undo.ts'

// Huge pages of a large guest are cleared first.
const startMs = 10 * 60_000
const startPaused = 1

/**
 * Starts a VM that was just defined. When libvirt goes away meanwhile, what counts is whether the VM runs once it is back.
 */
export async function startNew(
  host: HostRow,
  uuid: string,
  nics: readonly { vlan: object | null; vlanByLibvirt: boolean }[],
  now: () => Date,
  log: (line: string) => void,
): Promise<void> {
  const { session } = await libvirtOn(host)
  // A connection of its own: what hangs here must keep nobody else waiting.
  const client = granted(await connectLibvirt(session), host)
  try {
    const ref = granted(await client.call(lookUpDomain(uuid)), host)
    // It must not send a packet into another VLAN before its port is in its own.
    const waits = nics.some(({ vlan, vlanByLibvirt }) => vlan !== null && !vlanByLibvirt)
    const started = await client.call(startDomain(ref, waits ? startPaused : 0), { timeoutMs: startMs })
    if (started.ok) {
      if (!waits) return
      await refreshBoard(host.id, session, now)
      granted(await client.call(resumeDomain(started.value)), host)
      return
    }
    if (started.error.code !== 'libvirt') {
      log('libvirt went away while it started the VM. Looking whether it runs.')
      const again = await libvirtBack(host)
      if (again !== null && (await runs(again, uuid, host)) === true) return
      throw spoken(started.error, host)
    }
    const said = started.error.said?.message ?? started.error.title
    const { title, detail } = startFailure(said, await qemuLogTail(session, ref.name))
    throw new Problem({ code: 'vm-start-failed', kind: 'conflict', title, detail })
  } finally {
    client.close()
  }
}
