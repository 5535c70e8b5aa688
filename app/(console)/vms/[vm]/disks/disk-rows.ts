import type { VmChoices } from '@/lib/contract/vm-edit.ts'
import type { VmDetail, VmDisk } from '@/lib/contract/vms.ts'

export interface DiskRow {
  /** As it runs, else as it is defined. */
  disk: VmDisk
  running: VmDisk | null
  defined: VmDisk | null
  fate: 'stays' | 'comes' | 'goes'
  /** The next start changes it. */
  differs: boolean
  /** Of its volume; null: no pool knows it. */
  sizeBytes: number | null
}

export function diskRows(vm: VmDetail, choices: VmChoices | undefined): DiskRow[] {
  const isRunning = vm.xml.running !== null
  const running = isRunning ? vm.disks : []
  const targets = [...new Set([...running, ...vm.defined.disks].map(({ target }) => target))]
  return targets.flatMap((target): DiskRow[] => {
    const now = running.find((disk) => disk.target === target) ?? null
    const next = vm.defined.disks.find((disk) => disk.target === target) ?? null
    const disk = now ?? next
    if (disk === null) return []
    return [
      {
        disk,
        running: now,
        defined: next,
        fate: next === null ? (vm.persistent ? 'goes' : 'stays') : now === null && isRunning ? 'comes' : 'stays',
        differs: vm.pending.includes(`disk ${target}`),
        sizeBytes: sizeOf(disk, choices),
      },
    ]
  })
}

function sizeOf({ source, pool, volume }: VmDisk, choices: VmChoices | undefined): number | null {
  for (const one of choices?.pools ?? [])
    for (const { name, path, capacityBytes } of one.volumes)
      if ((pool === one.name && volume === name) || (source !== null && path === source)) return capacityBytes
  return null
}

/** What it lies in, as people call it: the file's name, or pool and volume. */
export const sourceName = ({ source, pool, volume }: VmDisk): string | null =>
  pool !== null && volume !== null ? `${pool}/${volume}` : source
