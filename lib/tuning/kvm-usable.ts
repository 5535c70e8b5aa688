import type { TuningCheck } from './check.ts'
import { command } from './command.ts'

/** Does a guest really run on the hardware? */
export const kvmUsable: TuningCheck = {
  id: 'kvm',
  title: 'KVM usable',
  why: 'With KVM the CPU itself runs the guests. Without it QEMU imitates a CPU, ten to fifty times slower, and no PPS figure means anything.',
  evaluate: ({ facts: { kvm } }) => ({
    state: kvm.state === 'usable' ? 'ok' : kvm.state === 'unproven' ? 'unknown' : 'missing',
    evidence: kvm.reason,
  }),
  fix: ({ facts: { kvm, cpu }, preparation }) => {
    if (kvm.hasDevice || !kvm.hasCpuFlag) return null
    const name = cpu.flags.includes('vmx') ? 'kvm_intel' : 'kvm_amd'
    if (!preparation.module(name).available) return null
    return { sentence: `Load the module ${name}.`, commands: [command('modprobe', name)] }
  },
}
