import type { FieldError } from '../kit/problem.ts'
import type { BootDevice, Domain } from './domain.ts'
import type { DomainChange } from './domain-edit.ts'

// QEMU starts with less, guests don't.
const minMemoryBytes = 16 * 1024 * 1024

export type ResourceNow = Pick<
  Domain,
  'vcpus' | 'maxVcpus' | 'memoryBytes' | 'maxMemoryBytes' | 'topology' | 'nics' | 'disks'
>

/** What is wrong with vCPUs, memory and boot order as they shall be, per field, in sentences. */
export function checkResources(change: DomainChange, now: ResourceNow): FieldError[] {
  const errors: FieldError[] = []
  const judge = (field: keyof DomainChange, message: string | null) => {
    if (message !== null) errors.push({ field, message })
  }
  const { vcpus, maxVcpus, topology, memoryBytes, maxMemoryBytes, bootOrder, tags } = change
  if (vcpus !== undefined && maxVcpus !== undefined && vcpus > maxVcpus)
    judge('vcpus', `The VM can’t have ${vcpus} vCPUs when ${maxVcpus} is the most it can have.`)
  if (topology !== undefined && topology !== null) {
    const product = topology.sockets * topology.cores * topology.threads
    const most = maxVcpus ?? Math.max(now.maxVcpus, vcpus ?? 0)
    if (product !== most)
      judge(
        'topology',
        `${topology.sockets} × ${topology.cores} × ${topology.threads} is ${product}, but the VM can have ${most} vCPUs. They must be the same.`,
      )
  }
  for (const [field, bytes] of [
    ['memoryBytes', memoryBytes],
    ['maxMemoryBytes', maxMemoryBytes],
  ] as const)
    if (bytes !== undefined && bytes < minMemoryBytes) judge(field, 'A VM needs at least 16 MiB of memory.')
  if (memoryBytes !== undefined && maxMemoryBytes !== undefined && memoryBytes > maxMemoryBytes)
    judge('memoryBytes', 'The memory it has can’t be more than the most it can have.')
  if (tags !== undefined && new Set(tags).size < tags.length) judge('tags', 'A tag is there twice.')
  if (bootOrder !== undefined) judge('bootOrder', wrongOrder(bootOrder, now))
  return errors
}

function wrongOrder(order: readonly BootDevice[], { nics, disks }: ResourceNow): string | null {
  const isByClass = order.some(({ kind }) => kind === 'class')
  if (isByClass && order.some(({ kind }) => kind !== 'class'))
    return 'A boot order goes by devices, or by classes of them (hd, cdrom, network), not by both.'
  const names = order.map((one) => (one.kind === 'class' ? one.class : one.device))
  if (new Set(names).size < names.length) return 'A device is in the boot order twice.'
  for (const one of order) {
    if (one.kind === 'disk' && !disks.some(({ target }) => target === one.device))
      return `The VM has no disk ${one.device}.`
    if (one.kind === 'nic' && !nics.some(({ mac }) => mac === one.device)) return `The VM has no NIC ${one.device}.`
  }
  return null
}
