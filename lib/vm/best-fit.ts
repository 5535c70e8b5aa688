import { sizeText } from './volume.ts'

/** A host as it is compared with others for one VM. */
export interface Candidate {
  id: string
  name: string
  /** Why the VM can't be there, or null. */
  refusal: string | null
  isKvmUsable: boolean
  availableMemoryBytes: number | null
  /** vCPUs of running VMs per CPU thread. */
  load: number
}

export interface Fit {
  /** Best first. */
  ranked: { id: string; name: string; fits: boolean; reason: string }[]
  /** Null: none fits. */
  best: { id: string; name: string; reason: string } | null
}

/** Where a VM is best made: where it fits, where KVM works, and then where most memory is free. */
export function bestFit(candidates: readonly Candidate[]): Fit {
  const order = candidates.toSorted(
    (a, b) =>
      Number(a.refusal !== null) - Number(b.refusal !== null) ||
      Number(b.isKvmUsable) - Number(a.isKvmUsable) ||
      (b.availableMemoryBytes ?? 0) - (a.availableMemoryBytes ?? 0) ||
      a.load - b.load ||
      (a.name < b.name ? -1 : 1),
  )
  const fitting = order.filter(({ refusal }) => refusal === null)
  const [first, second] = fitting
  return {
    ranked: order.map((one) => ({
      id: one.id,
      name: one.name,
      fits: one.refusal === null,
      reason: one.refusal ?? freeText(one),
    })),
    best:
      first === undefined
        ? null
        : { id: first.id, name: first.name, reason: reasonFor(first, second, candidates.length) },
  }
}

const freeText = ({ isKvmUsable, availableMemoryBytes }: Candidate): string =>
  [
    isKvmUsable ? 'KVM works' : 'emulated only',
    ...(availableMemoryBytes === null ? [] : [`${sizeText(availableMemoryBytes)} of memory free`]),
  ].join(', ')

function reasonFor(first: Candidate, second: Candidate | undefined, all: number): string {
  if (all === 1) return `It is the only host: ${freeText(first)}.`
  if (second === undefined) return `It is the only one of ${all} hosts that fits: ${freeText(first)}.`
  if (first.isKvmUsable && !second.isKvmUsable)
    return `It is the only host that fits where KVM works: ${freeText(first)}.`
  return (first.availableMemoryBytes ?? 0) > (second.availableMemoryBytes ?? 0)
    ? `Of the hosts that fit it has the most memory free (${sizeText(first.availableMemoryBytes ?? 0)}).`
    : 'Of the hosts that fit it has the fewest vCPUs in use.'
}
