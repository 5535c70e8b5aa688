import type { TuningCheck } from './check.ts'
import { command, writeFile } from './command.ts'
import type { ModuleName, Situation } from './preparation.ts'

const file = '/etc/modules-load.d/drawbridge.conf'

const purposes: Partial<Record<ModuleName, string>> = {
  bridge: 'bridges',
  tun: 'taps, the cables of VMs',
  vhost_net: 'packets without a detour through QEMU',
  kvm: 'virtualization by the CPU',
  kvm_intel: 'virtualization by the CPU',
  kvm_amd: 'virtualization by the CPU',
}

function wanted({ facts: { cpu } }: Situation): ModuleName[] {
  const kvm: ModuleName[] = cpu.flags.includes('vmx') ? ['kvm_intel'] : cpu.flags.includes('svm') ? ['kvm_amd'] : []
  return ['bridge', 'tun', 'vhost_net', ...kvm]
}

/** Loaded from a file of the kernel's package, so something must load it at boot too. */
const isLoadable = ({ preparation }: Situation, name: ModuleName): boolean =>
  preparation.module(name).available && !preparation.module(name).builtin

function lacking(situation: Situation) {
  const of = (name: ModuleName) => situation.preparation.module(name)
  const names = wanted(situation)
  return {
    notLoaded: names.filter((name) => !of(name).loaded && !of(name).builtin),
    notPersisted: names.filter((name) => isLoadable(situation, name) && !of(name).persisted),
    unavailable: names.filter((name) => !of(name).loaded && !of(name).builtin && !of(name).available),
  }
}

export const modules: TuningCheck = {
  id: 'modules',
  title: 'Kernel modules',
  why: 'Bridges, taps and vhost-net are kernel modules. Loaded at boot, they are there before the first VM starts; without vhost-net each packet goes through QEMU, at about a third of the PPS.',
  evaluate: (situation) => {
    const { notLoaded, notPersisted, unavailable } = lacking(situation)
    if (unavailable.length > 0)
      return {
        state: 'warning',
        evidence: `This kernel has no ${unavailable.map((name) => `${name} (${purposes[name] ?? name})`).join(', ')}.`,
      }
    if (notLoaded.length > 0) return { state: 'missing', evidence: `Not loaded: ${notLoaded.join(', ')}.` }
    if (notPersisted.length > 0)
      return { state: 'missing', evidence: `Loaded now, but nothing loads them at boot: ${notPersisted.join(', ')}.` }
    return { state: 'ok', evidence: `${wanted(situation).join(', ')}: loaded, also at boot.` }
  },
  fix: (situation) => {
    const names = wanted(situation).filter((name) => isLoadable(situation, name))
    const { notLoaded, notPersisted } = lacking(situation)
    const toLoad = notLoaded.filter((name) => names.includes(name))
    if (toLoad.length === 0 && notPersisted.length === 0) return null
    return {
      sentence: `Load ${names.join(', ')} now and at each boot.`,
      commands: [
        ...(toLoad.length > 0 ? [command('modprobe', '-a', ...toLoad)] : []),
        ...(notPersisted.length > 0
          ? writeFile(file, `# Written by Drawbridge: what bridges and VMs need.\n${names.join('\n')}\n`)
          : []),
      ],
    }
  },
}
