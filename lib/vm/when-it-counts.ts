import type { DiskField } from './domain-edit-disk.ts'
import type { DomainNic } from './domain.ts'
import type { NicField, NicSettings } from './nic-settings.ts'

/** What of a running VM libvirt and QEMU can change, as data with its sentence. */
export interface Moment {
  live: boolean
  /** Why not now; null when live. */
  message: string | null
}

const live: Moment = { live: true, message: null }
const later = (message: string): Moment => ({ live: false, message })

const nicMoments: Record<NicField, Moment> = {
  source: live,
  linkUp: live,
  filter: live,
  isolated: live,
  inbound: live,
  outbound: live,
  // On the port of a Linux bridge it is set by Drawbridge, on one of Open vSwitch by libvirt.
  vlan: live,
  model: later('The guest sees another card: from the next start on, or now by unplugging and plugging it in again.'),
  mac: later('The card’s MAC is read when it is plugged in: from the next start on, or now by plugging it in again.'),
  queues: later('Queues are made when the card is plugged in: from the next start on, or now by plugging it in again.'),
  rxRing: later('Ring sizes are fixed while the card is in: from the next start on, or now by plugging it in again.'),
  txRing: later('Ring sizes are fixed while the card is in: from the next start on, or now by plugging it in again.'),
  mtu: later(
    'The guest learns the MTU when the card is plugged in: from the next start on, or now by plugging it in again.',
  ),
  bootOrder: later('A boot order counts when the VM starts.'),
}

/** Of one field of a NIC that runs as `nic`. */
export function nicMoment(field: NicField, nic: Pick<DomainNic, 'sourceKind'>, wanted: Partial<NicSettings>): Moment {
  if (field !== 'source') return nicMoments[field]
  // A tap moves from bridge to bridge; macvtap is another device.
  const isTap = (kind: string | undefined) => kind === 'bridge' || kind === 'network'
  return isTap(nic.sourceKind) && isTap(wanted.source?.kind)
    ? live
    : later(
        'Between a bridge and macvtap the card’s device changes: from the next start on, or now by plugging it in again.',
      )
}

const diskMoments: Record<DiskField, Moment> = {
  limits: live,
  cache: later('The cache mode counts when the disk is opened: from the next start on.'),
  io: later('The I/O mode counts when the disk is opened: from the next start on.'),
  discard: later('Discard counts when the disk is opened: from the next start on.'),
  ioThread: later('The I/O thread is given when the VM starts.'),
  bus: later('The guest sees another disk: from the next start on.'),
  readOnly: later('Read-only counts when the disk is opened: from the next start on.'),
  bootOrder: later('A boot order counts when the VM starts.'),
}
export const diskMoment = (field: DiskField): Moment => diskMoments[field]

export const resourceMoments = {
  title: live,
  notes: live,
  tags: live,
  owner: live,
  autostart: live,
  vcpus: live,
  memoryBytes: live,
  maxVcpus: later('How many vCPUs can be plugged in is fixed while the VM runs: from the next start on.'),
  topology: later('Sockets, cores and threads are fixed while the VM runs: from the next start on.'),
  maxMemoryBytes: later('How far the memory can grow is fixed while the VM runs: from the next start on.'),
  bootOrder: later('A boot order counts when the VM starts.'),
} as const satisfies Record<string, Moment>
