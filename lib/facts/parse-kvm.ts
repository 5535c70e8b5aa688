import { oursOf, sectionOf, valuesOf, type Answer } from './answer.ts'
import type { CpuFacts, KvmFacts } from './facts.ts'

/** What a 512-byte boot sector did under KVM on this boot; null when it was not tried. */
export type KvmProof =
  /** `tcgMilliseconds`: the same without KVM, measured only where KVM took long. */
  | { ran: true; milliseconds: number; tcgMilliseconds: number | null }
  /** It did not get to its end in time, or QEMU refused; `said` is QEMU's own text, cleaned. */
  | { ran: false; milliseconds: number; said: string | null }

// A host where KVM is a lie takes three seconds for what takes a tenth elsewhere, also without KVM, and boots no guest.
const slowestUsableMs = 1000
// A slow host is slow without KVM too. Real virtualization never costs twice what imitating the CPU does.
const slowestAgainstTcg = 2

const needsFlag = (architecture: string) => architecture === 'x86_64'

/** Weighs the signs. Without a proof it says what the cheap signs say. */
export function parseKvm(answer: Answer, cpu: CpuFacts, architecture: string, proof: KvmProof | null): KvmFacts {
  const ours = oursOf(answer)
  const values = valuesOf(sectionOf(answer, 'values'))
  const nested =
    values.get('/sys/module/kvm_intel/parameters/nested') ?? values.get('/sys/module/kvm_amd/parameters/nested')
  const hasCpuFlag = cpu.flags.includes('vmx') || cpu.flags.includes('svm')
  const hasDevice = ours.has('device', 'kvm')
  return {
    ...judge({ hasCpuFlag, hasDevice, canOpen: ours.has('open', 'kvm'), architecture, proof }),
    hasCpuFlag,
    hasDevice,
    nested: nested === undefined ? null : /^[1Y]/.test(nested),
    hasVhostNet: ours.has('device', 'vhost-net'),
  }
}

interface Signs {
  hasCpuFlag: boolean
  hasDevice: boolean
  canOpen: boolean
  architecture: string
  proof: KvmProof | null
}

function judge({ hasCpuFlag, hasDevice, canOpen, architecture, proof }: Signs): Pick<KvmFacts, 'state' | 'reason'> {
  const seconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`
  if (!hasDevice)
    return {
      state: 'unusable',
      reason:
        needsFlag(architecture) && !hasCpuFlag
          ? 'The CPU shows no vmx or svm flag and there is no /dev/kvm: virtualization is switched off in the firmware, or this host is itself a VM without nesting.'
          : 'There is no /dev/kvm: the kvm module is not loaded, or virtualization is switched off in the firmware.',
    }
  if (needsFlag(architecture) && !hasCpuFlag)
    return {
      state: 'unusable',
      reason:
        '/dev/kvm is there but the CPU shows no vmx or svm flag, so guests would not run on it. Switch virtualization on in the firmware, or nesting in the host below.',
    }
  if (!canOpen)
    return { state: 'unproven', reason: '/dev/kvm is there, but the user Drawbridge signs in as may not open it.' }
  if (proof === null)
    return { state: 'usable', reason: 'The CPU and /dev/kvm say so; no boot sector was run to prove it.' }
  if (!proof.ran)
    return {
      state: 'unusable',
      reason: `A boot sector did not run under KVM within ${seconds(proof.milliseconds)}${proof.said === null ? '' : `: ${proof.said}`}.`,
    }
  const { milliseconds, tcgMilliseconds: tcg } = proof
  if (milliseconds >= slowestUsableMs && tcg !== null && milliseconds <= tcg * slowestAgainstTcg)
    return {
      state: 'usable',
      reason: `A boot sector ran under KVM in ${seconds(milliseconds)}, on a host that takes ${seconds(tcg)} without KVM.`,
    }
  if (milliseconds >= slowestUsableMs)
    return {
      state: 'unusable',
      reason: `A boot sector took ${seconds(proof.milliseconds)} under KVM; it takes a tenth of a second where KVM works, and guests won’t boot here.`,
    }
  return { state: 'usable', reason: `A boot sector ran under KVM in ${seconds(proof.milliseconds)}.` }
}
