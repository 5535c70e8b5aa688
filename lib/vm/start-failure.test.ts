import { expect, test } from 'vitest'
import { failureSentence, startFailure } from './start-failure.ts'

test.each([
  ["unsupported configuration: TPM version '2.0' is not supported", /Install swtpm and swtpm-tools/],
  ["operation failed: domain 'd1' already exists with uuid b5c0a1e2", /VM called d1/],
  [
    "Cannot access storage file '/i/a.qcow2' (as uid:64055, gid:108): No such file or directory",
    /not there: \/i\/a\.qcow2/,
  ],
  [
    "Cannot access storage file '/root/a.img' (as uid:64055, gid:108): Permission denied",
    /may not read \/root\/a\.img/,
  ],
  [
    "Cannot access backing file '/i/base.qcow2' of storage file '/i/a.qcow2' (as uid:64055, gid:108): No such file or directory",
    /\/i\/a\.qcow2 lies over.*\/i\/base\.qcow2/,
  ],
  ['qemu-system-x86_64: -blockdev {…}: Image is not in qcow2 format', /not in qcow2 format/],
  ['Failed to get "write" lock\nIs another process using the image [/i/a.qcow2]?', /open for writing/],
  ["Cannot get interface MTU on 'br77': No such device", /bridge br77 is not there/],
  ['Unable to add bridge ovs0 port vnet3: Operation not supported', /ovs0 is no bridge/],
  ["Requested operation is not valid: network 'default' is not active", /network default is not started/],
  ['unsupported configuration: rx_queue_size has to be a power of two', /power of two/],
  ["qemu-system-x86_64: cannot set up guest memory 'pc.ram': Cannot allocate memory", /not enough free memory/],
  [
    'unsupported configuration: Maximum CPUs greater than specified machine type limit 255',
    /fewer, or the machine q35/,
  ],
  ["unsupported configuration: Emulator '/usr/bin/qemu' does not support virt type 'kvm'", /KVM does not work/],
  ['kvm_buf_set_msrs: Assertion failed: error: failed to set MSR 0x48e', /can’t run a guest/],
  ['internal error: Failed to reserve port 5900', /port of the VM’s screen/],
  ['internal error: No more available PCI slots', /no free PCI slot/],
  [
    "authentication unavailable: no polkit agent available to authenticate action 'org.libvirt.unix.manage'",
    /group libvirt/,
  ],
  ["Failed to connect socket to '/run/libvirt/virtlogd-sock': Connection refused", /virtlogd-sock/],
  ['Requested operation is not valid: cannot delete inactive domain with 1 snapshots', /has 1 snapshots/],
  ['Unable to open /dev/net/tun: Argument list too long', /Eight are enough/],
  ['error while writing at byte 0: No space left on device', /full/],
])('%s', (said, sentence) => expect(failureSentence(said)).toMatch(sentence))

test('what libvirt does not say QEMU’s log does, and what neither says is told in their words', () => {
  const log = '2026-11-26 qemu-system-x86_64: Image is not in qcow2 format'
  expect(startFailure('internal error: qemu unexpectedly closed the monitor', log).title).toMatch(/broken/)
  expect(startFailure('x', 'first\n2026-11-26T21:00Z qemu-system-x86_64: something new').title).toBe(
    'QEMU did not start the VM: something new',
  )
})
