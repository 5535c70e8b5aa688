import type { VmDetail, VmNic } from '@/lib/contract/vms.ts'
import { type NicDifference, nicDifferences } from '@/lib/vm/nic-form.ts'

export interface NicRow {
  /** What is shown of it: as it runs, else as it is defined. */
  nic: VmNic
  running: VmNic | null
  defined: VmNic | null
  /** What the next start changes. */
  differences: readonly NicDifference[]
  /** It comes or goes with the next start. */
  fate: 'stays' | 'comes' | 'goes'
}

export function nicRows(vm: VmDetail): NicRow[] {
  const isRunning = vm.xml.running !== null
  const running = isRunning ? vm.nics : []
  const macs = [...new Set([...running, ...vm.defined.nics].map(({ mac }) => mac))]
  return macs.flatMap((mac): NicRow[] => {
    const now = running.find((nic) => nic.mac === mac) ?? null
    const next = vm.defined.nics.find((nic) => nic.mac === mac) ?? null
    const nic = now ?? next
    if (nic === null) return []
    return [
      {
        nic,
        running: now,
        defined: next,
        differences: now === null || next === null ? [] : nicDifferences(now, next),
        // A transient VM has no next start.
        fate: next === null ? (vm.persistent ? 'goes' : 'stays') : now === null && isRunning ? 'comes' : 'stays',
      },
    ]
  })
}
