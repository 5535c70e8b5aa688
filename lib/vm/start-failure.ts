/**
 * Why a VM did not start, in words a person can act on. libvirt's message and, beneath it, QEMU's last lines say it in
 * the words of whoever wrote the code.
 */

interface Meaning {
  pattern: RegExp
  /** `$1` is what the first group caught. */
  sentence: string
}

const meanings: readonly Meaning[] = [
  {
    pattern: /Cannot access backing file '?([^']*?)'? of storage file '?([^']*?)'? \(as uid/i,
    sentence: 'What the disk $2 lies over is not there or can’t be read: $1. Bring it back, or choose another disk.',
  },
  {
    pattern: /Cannot access (?:storage|backing) file '([^']*)'.*: No such file or directory/i,
    sentence: 'A disk is not there: $1. Bring it back, or take the disk out of the VM.',
  },
  {
    pattern: /Cannot access (?:storage|backing) file '([^']*)'.*: Permission denied/i,
    sentence:
      'QEMU’s user may not read $1. Put it into a storage pool, or let that user pass each directory on the way to it.',
  },
  {
    pattern: /Could not open '([^']*)': Permission denied/i,
    sentence: 'QEMU may not open $1: its permissions, or AppArmor or SELinux, forbid it. Put it into a storage pool.',
  },
  {
    pattern: /Could not open '([^']*)': No such file/i,
    sentence: 'A disk is not there: $1. Bring it back, or take the disk out of the VM.',
  },
  {
    pattern: /Image is not in (\w+) format/i,
    sentence: 'The image is broken: it is not in $1 format. Get it again, and compare its checksum.',
  },
  {
    pattern: /(?:qcow2.*(?:corrupt|Could not read|Unsupported|invalid)|image is corrupt|Could not read qcow2 header)/i,
    sentence: 'The image is broken: QEMU can’t read its qcow2. Check it by `qemu-img check`, or get it again.',
  },
  {
    pattern: /Failed to get (?:shared )?"?(?:write|consistent read|resize)"? lock/i,
    sentence:
      'Another VM, or another program, has the disk open for writing. Stop it first: two that write destroy what is on it.',
  },
  {
    pattern: /Cannot get interface (?:MTU|flags|index) on '([^']*)': No such device/i,
    sentence: 'The bridge $1 is not there. Make it again, or connect the NIC to another one.',
  },
  {
    pattern: /Unable to add bridge (\S+).*Operation not supported/i,
    sentence: '$1 is no bridge that a VM can be put on. Choose another.',
  },
  {
    pattern: /Unable to add bridge (\S+) port/i,
    sentence: 'The VM could not be put on the bridge $1. Look whether it is there and up.',
  },
  {
    pattern: /network '([^']*)' is not active/i,
    sentence: 'The network $1 is not started. Start it, then start the VM.',
  },
  {
    pattern: /Network not found: no network with matching name '([^']*)'/i,
    sentence: 'The host has no network $1 any more. Connect the NIC to another one.',
  },
  {
    pattern: /interface (\S+) - vlan tag not supported for this connection type/i,
    sentence:
      'This libvirt can’t set the VLAN of $1 itself. Take the VLAN out of the definition, and set it in Drawbridge.',
  },
  {
    pattern: /(?:rx|tx)_queue_size has to be a power of two/i,
    sentence: 'The size of a NIC’s ring must be a power of two: 256, 512 or 1024.',
  },
  {
    pattern: /Argument list too long/i,
    sentence: 'A NIC has more queues than the kernel gives. Eight are enough for most.',
  },
  {
    pattern: /Cannot set interface MTU on '([^']*)'/i,
    sentence: 'The kernel does not take that MTU for $1. Choose a smaller one.',
  },
  {
    pattern: /cannot set up guest memory.*Cannot allocate memory/i,
    sentence: 'The host has not enough free memory for this VM. Give it less, or stop another one.',
  },
  {
    pattern: /Maximum CPUs greater than specified machine type limit(?: (\d+))?/i,
    sentence: 'The machine can’t have that many vCPUs. Choose fewer, or the machine q35.',
  },
  {
    pattern: /does not support virt type 'kvm'|Could not access KVM kernel module|failed to initialize kvm/i,
    sentence: 'KVM does not work on this host. Let the VM be emulated, or mend KVM first.',
  },
  {
    pattern: /failed to set MSR|kvm_buf_set_msrs|KVM: entry failed/i,
    sentence: 'The host lists KVM, but it can’t run a guest. Let the VM be emulated, or mend KVM first.',
  },
  {
    pattern: /Failed to reserve port/i,
    sentence: 'The port of the VM’s screen is taken. Let libvirt choose one, or none at all.',
  },
  {
    pattern: /No more available PCI slots/i,
    sentence: 'The VM has no free PCI slot left. Take a device out, or add a pcie-root-port.',
  },
  { pattern: /No space left on device/i, sentence: 'The host’s disk is full. Free some space, then try again.' },
  {
    pattern: /no polkit agent available/i,
    sentence: 'libvirt does not let this user in. Add the user to the group libvirt, or let it use sudo.',
  },
  {
    pattern: /Failed to connect socket to '([^']*)'/i,
    sentence: 'A part of libvirt does not run on this host ($1). Start it.',
  },
  {
    pattern: /Unable to find any firmware to satisfy/i,
    sentence: 'The host has no firmware of that kind. Install ovmf there (on Fedora and the like edk2-ovmf).',
  },
  {
    pattern: /(?:swtpm|TPM emulator).*(?:not found|Unable to find|failed)|TPM version '[^']*' is not supported/i,
    sentence: 'The host can’t emulate the TPM. Install swtpm and swtpm-tools there, or take the TPM out of the VM.',
  },
  {
    pattern: /cannot delete inactive domain with (\d+) snapshots/i,
    sentence: 'The VM has $1 snapshots. Delete them first, or say that they go too.',
  },
  {
    pattern: /domain '([^']*)' (?:already exists|is already defined) with uuid/i,
    sentence: 'There is a VM called $1 already. Choose another name.',
  },
  {
    pattern: /domain with (?:uuid|name) '?([^']*?)'? already exists/i,
    sentence: 'There is a VM like that already ($1). Choose another name.',
  },
  {
    pattern: /Hook script execution failed/i,
    sentence: 'A hook script on the host (/etc/libvirt/hooks) refused it. Look into libvirt’s log there.',
  },
]

/** The sentence for a message of libvirt or a line of QEMU's log, or null when it says nothing we know. */
export function failureSentence(text: string): string | null {
  for (const { pattern, sentence } of meanings) {
    const match = pattern.exec(text)
    if (match !== null) return sentence.replaceAll(/\$(\d)/g, (_, group: string) => match[Number(group)] ?? '')
  }
  return null
}

/** What to say when a VM did not start. @param said libvirt's message @param log QEMU's last lines, or null */
export function startFailure(said: string, log: string | null): { title: string; detail: string } {
  const known = failureSentence(said) ?? (log === null ? null : failureSentence(log))
  const detail = log === null ? said : `${said}\n${log}`
  const last = log?.trim().split('\n').at(-1) ?? said
  return { title: known ?? `QEMU did not start the VM: ${last.replace(/^\S+ qemu-\S+: /, '').slice(0, 300)}`, detail }
}
