import type { NewVmDisk, NewVmNic, PresetSpec } from '../contract/vm-create.ts'
import type { DiskCopy } from './copy-plan.ts'
import type { Domain, DomainDisk, DomainNic } from './domain.ts'

/** What a preset says so that VMs made from it are like this one, its disks linked to the images that were made of it. */
export function presetOfDomain(domain: Domain, copies: readonly DiskCopy[]): PresetSpec {
  const disks = domain.disks.flatMap((disk): NewVmDisk[] => {
    const copy = copies.find(({ target }) => target === disk.target)
    return copy === undefined ? [] : [diskOf(disk, copy)]
  })
  return {
    type: 'auto',
    vcpus: domain.vcpus,
    maxVcpus: domain.maxVcpus,
    topology: domain.topology,
    memoryBytes: domain.maxMemoryBytes,
    // libvirt has resolved the alias to a version that other hosts may not have.
    machine: domain.machine.includes('q35') ? 'q35' : domain.machine.includes('i440fx') ? 'pc' : domain.machine,
    firmware: domain.secureBoot ? 'uefi-secure' : domain.firmware,
    tpm: domain.tpm,
    cpu: domain.cpu === 'host-passthrough' || domain.cpu === 'maximum' ? null : domain.cpu,
    disks,
    nics: domain.nics.flatMap(nicOf),
    vnc: domain.graphics !== null,
    serial: domain.serial,
    agent: domain.agent !== 'absent',
    // What is made of it shall not take itself for this one.
    ...(domain.disks.some(({ device, source }) => device === 'cdrom' && source?.endsWith('-seed.iso') === true)
      ? { cloudInit: {} }
      : {}),
  }
}

const caches = ['none', 'writethrough', 'writeback', 'directsync', 'unsafe'] as const
const buses = ['virtio', 'scsi', 'sata'] as const
const ios = ['native', 'threads', 'io_uring'] as const

const among = <T extends string>(known: readonly T[], text: string | null): T | null =>
  known.find((one) => one === text) ?? null

const diskOf = (disk: DomainDisk, { work }: DiskCopy): NewVmDisk => ({
  from: 'image',
  imagePool: null,
  image: work.volume,
  mode: work.isFile ? 'linked' : 'copy',
  pool: null,
  volume: null,
  sizeBytes: null,
  format: 'qcow2',
  bus: among(buses, disk.bus) ?? 'virtio',
  cache: among(caches, disk.cache),
  io: among(ios, disk.io),
  discard: disk.discard === 'ignore' ? 'ignore' : 'unmap',
  ioThread: disk.ioThread !== null,
  limits: Object.values(disk.limits).every((limit) => limit === null) ? null : disk.limits,
})

const models = ['virtio', 'e1000e', 'e1000', 'rtl8139'] as const
const modes = ['bridge', 'vepa', 'private', 'passthrough'] as const

function nicOf(nic: DomainNic): NewVmNic[] {
  const source = sourceOf(nic)
  if (source === null) return []
  const { vlan, queues, rxRing, txRing, mtu, linkUp, inbound, outbound, filter, isolated } = nic
  const model = among(models, nic.model) ?? 'virtio'
  return [{ source, model, mac: null, vlan, queues, rxRing, txRing, mtu, linkUp, inbound, outbound, filter, isolated }]
}

function sourceOf({ sourceKind, source, portGroup, mode }: DomainNic): NewVmNic['source'] | null {
  if (source === null) return null
  if (sourceKind === 'bridge') return { kind: 'bridge', bridge: source }
  if (sourceKind === 'network') return { kind: 'network', network: source, portGroup }
  return sourceKind === 'direct' ? { kind: 'direct', device: source, mode: among(modes, mode) ?? 'bridge' } : null
}
