import type { HostChoices } from '../contract/vm-create.ts'
import type { Inventory } from './inventory.ts'
import type { VmSpec } from './spec.ts'
import { sizeText } from './volume.ts'

export interface MachineContext {
  name: string
  uuid: string
  choices: HostChoices
  inventory: Inventory
  refuse: (field: string, message: string) => void
  warn: (field: string | null, message: string) => void
}

// `..` and what looks like an option have made libvirt destroy other VMs.
const vmName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/

/** Why a VM can't be called so, or null. */
export const vmNameRefusal = (name: string): string | null =>
  vmName.test(name)
    ? null
    : 'A name has letters, digits, dots, dashes and underscores, begins with a letter or digit, and has 63 characters at most.'

export function checkName({ name, uuid, choices, inventory, refuse, warn }: MachineContext): void {
  const wrong = vmNameRefusal(name)
  if (wrong !== null) return refuse('name', wrong)
  const others = inventory.vms.filter((vm) => vm.name === name && vm.uuid !== uuid)
  const here = others.find(({ hostId }) => hostId === choices.host.id)
  if (here !== undefined)
    return refuse('name', `${here.hostName} has a VM called ${name} already. Choose another name.`)
  const [there] = others
  if (there !== undefined)
    warn('name', `${there.hostName} has a VM called ${name} too. Neither could be moved to the other’s host.`)
}

/** Whether KVM is used. @returns the type that the domain gets */
export function decideType(type: VmSpec['type'], { choices, refuse, warn }: MachineContext): 'kvm' | 'qemu' {
  const { kvm, host } = choices
  if (type === 'qemu') {
    warn('type', 'Emulated, as asked: ten times slower, or more.')
    return 'qemu'
  }
  if (kvm.usable) return 'kvm'
  if (type === 'kvm') {
    refuse('type', `KVM does not work on ${host.name}: ${kvm.reason}`)
    return 'kvm'
  }
  warn('type', `Emulated, slow: KVM does not work on ${host.name}. ${kvm.reason}`)
  return 'qemu'
}

/** CPU, memory, machine and firmware against what the host offers. */
export function checkMachine(spec: VmSpec, type: 'kvm' | 'qemu', { choices, refuse, warn }: MachineContext): void {
  const { host } = choices
  if (spec.maxVcpus > choices.maxVcpus)
    refuse(
      spec.vcpus > choices.maxVcpus ? 'vcpus' : 'maxVcpus',
      `${host.name} gives a VM ${choices.maxVcpus} vCPUs at most.`,
    )
  else if (spec.vcpus > choices.threads)
    warn('vcpus', `${host.name} has ${choices.threads} CPU threads: ${spec.vcpus} vCPUs wait for each other.`)
  if (spec.topology !== null) {
    const { sockets, cores, threads } = spec.topology
    if (sockets * cores * threads !== spec.maxVcpus)
      refuse(
        'topology',
        `${sockets} × ${cores} × ${threads} makes ${sockets * cores * threads} vCPUs, not ${spec.maxVcpus}.`,
      )
  }
  const mebibytes = spec.memoryBytes / 1024 ** 2
  if (mebibytes < 16) refuse('memoryBytes', 'A VM has 16 MiB of memory at least.')
  else if (spec.memoryBytes > choices.memoryBytes)
    refuse(
      'memoryBytes',
      `${host.name} has ${sizeText(choices.memoryBytes)} of memory: ${sizeText(spec.memoryBytes - choices.memoryBytes)} are missing.`,
    )
  else if (choices.availableMemoryBytes !== null && spec.start && spec.memoryBytes > choices.availableMemoryBytes)
    warn(
      'memoryBytes',
      `${host.name} has ${sizeText(choices.availableMemoryBytes)} of memory free now. It will swap, or stop a VM, when the guest uses all of its own.`,
    )
  if (!choices.machines.includes(spec.machine))
    refuse(
      'machine',
      `${host.name} offers no machine ${spec.machine}. It offers ${choices.machines.slice(0, 6).join(', ')}.`,
    )
  if (!choices.firmwares.includes(spec.firmware))
    refuse(
      'firmware',
      spec.firmware === 'uefi-secure' && choices.firmwares.includes('uefi')
        ? `${host.name} has no UEFI firmware with secure boot.`
        : `${host.name} has no UEFI firmware. Install it there (ovmf, on Fedora and the like edk2-ovmf), or choose BIOS.`,
    )
  else if (spec.firmware !== 'bios' && !spec.machine.includes('q35') && spec.firmware === 'uefi-secure')
    refuse('firmware', 'Secure boot needs the machine q35.')
  // OVMF with secure boot resets at the hand-over to a kernel over and over when it has 256 MiB; 320 are enough for it.
  else if (spec.firmware === 'uefi-secure' && mebibytes < 512)
    warn(
      'memoryBytes',
      'With secure boot, firmware and kernel need 512 MiB to start; with less they may reset over and over.',
    )
  if (spec.tpm && !choices.tpm) refuse('tpm', `${host.name} can’t emulate a TPM. Install swtpm and swtpm-tools there.`)
  if (spec.cpu !== null) {
    if (spec.cpu === 'host-passthrough' && type === 'qemu')
      refuse('cpu', 'Without KVM the host’s own CPU can’t be passed through.')
    else if (!choices.cpus.includes(spec.cpu)) refuse('cpu', `${host.name} can’t run the CPU model ${spec.cpu}.`)
  }
  if (spec.notes.length > 10_000) refuse('notes', 'Notes have 10000 characters at most.')
  // oxlint-disable-next-line no-control-regex
  if (spec.keymap !== null && !/^[a-z]{2,3}(?:-[a-z]{2,5})?$/.test(spec.keymap))
    refuse('keymap', 'A keyboard layout is written as de, en-us or fr-ch.')
}

/** The CPU that suits, when none was asked for. */
export function usualCpu(type: 'kvm' | 'qemu', { cpus }: HostChoices): string | null {
  const wanted = type === 'kvm' ? ['host-passthrough', 'host-model'] : ['maximum']
  return wanted.find((cpu) => cpus.includes(cpu)) ?? null
}
