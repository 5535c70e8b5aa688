import { type firmwares, type NewVm, type PresetSpec, presetSpecSchema } from '../contract/vm-create.ts'
import { type DiskForm, diskFormOf, diskOf, type DiskOf } from './create-form-disk.ts'
import { guestFormOf, guestOf, type NicForm, nicFormOf, nicOf } from './create-form-nic.ts'
import { parseSize, sizeText } from './size-text.ts'

/**
 * A VM that does not exist yet as its form holds it: texts as they are typed, an empty one says nothing. The paths are
 * those of the API where they can be, so that a refusal finds its field.
 */
export interface VmForm {
  name: string
  /** Id, or '' for the one that fits best. */
  host: string
  type: 'auto' | 'kvm' | 'qemu'
  vcpus: string
  maxVcpus: string
  hasTopology: boolean
  topology: { sockets: string; cores: string; threads: string }
  memory: string
  machine: string
  firmware: (typeof firmwares)[number]
  tpm: boolean
  cpu: string
  disks: DiskForm[]
  nics: NicForm[]
  boot: string
  hasCloudInit: boolean
  cloudInit: {
    hostname: string
    user: string
    sshKeys: string
    password: string
    packages: string
    isOwn: boolean
    userData: string
  }
  vnc: boolean
  keymap: string
  serial: boolean
  agent: boolean
  autostart: boolean
  start: boolean
  title: string
  notes: string
  tags: string
  owner: string
}

/** What can't be read in a field before anybody is asked. */
export interface FormError {
  /** Path in the form, e.g. `disks.0.size`. */
  field: string
  code: 'formSize' | 'formNumber' | 'formVlans'
}

const gib = 1024 ** 3
const text = (value: string | number | null | undefined): string =>
  value === null || value === undefined ? '' : String(value)
export const textOrNull = (typed: string): string | null => (typed.trim() === '' ? null : typed.trim())
export const wordsOf = (typed: string): string[] => typed.split(/[\s,;]+/).filter(Boolean)
const linesOf = (typed: string): string[] =>
  typed
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')

const blank: PresetSpec = presetSpecSchema.parse({
  disks: [{ from: 'new', sizeBytes: 20 * gib }],
  nics: [{ source: { kind: 'lan' } }],
})

/** What a preset says, the rest as the API would choose it. @param preset null: one disk and one NIC */
export function vmFormOf(preset: PresetSpec | null, named: { name: string; host: string }): VmForm {
  const spec = preset ?? blank
  const guest = spec.cloudInit ?? null
  return {
    ...named,
    type: spec.type ?? 'auto',
    vcpus: text(spec.vcpus ?? 2),
    maxVcpus: text(spec.maxVcpus),
    hasTopology: (spec.topology ?? null) !== null,
    topology: {
      sockets: text(spec.topology?.sockets ?? 1),
      cores: text(spec.topology?.cores ?? 2),
      threads: text(spec.topology?.threads ?? 1),
    },
    memory: sizeText(spec.memoryBytes ?? 2 * gib),
    machine: spec.machine ?? 'q35',
    firmware: spec.firmware ?? 'bios',
    tpm: spec.tpm ?? false,
    cpu: text(spec.cpu),
    disks: (spec.disks ?? []).map(diskFormOf),
    nics: (spec.nics ?? []).map((nic, index) => ({
      ...nicFormOf(nic),
      guest: guestFormOf(guest?.networks?.find((network) => network.nic === index)),
    })),
    boot: (spec.boot ?? ['disk', 'cdrom', 'network']).join(' '),
    hasCloudInit: guest !== null,
    cloudInit: {
      hostname: text(guest?.hostname),
      user: text(guest?.user),
      sshKeys: (guest?.sshKeys ?? []).join('\n'),
      password: '',
      packages: (guest?.packages ?? []).join(' '),
      isOwn: (guest?.userData ?? null) !== null,
      userData: text(guest?.userData),
    },
    vnc: spec.vnc ?? true,
    keymap: text(spec.keymap),
    serial: spec.serial ?? true,
    agent: spec.agent ?? true,
    autostart: spec.autostart ?? false,
    start: spec.start ?? true,
    title: text(spec.title),
    notes: text(spec.notes),
    tags: (spec.tags ?? []).join(' '),
    owner: text(spec.owner),
  }
}

/** Reads texts and keeps what can't be read. */
export class FormReader {
  readonly errors: FormError[] = []
  size(field: string, typed: string, unit?: 'MiB' | 'GiB'): number | null {
    if (typed.trim() === '') return null
    const bytes = parseSize(typed, unit)
    if (bytes === null) this.errors.push({ field, code: 'formSize' })
    return bytes
  }
  number(field: string, typed: string): number | null {
    const digits = typed.trim()
    if (digits === '') return null
    if (/^\d{1,15}$/.test(digits)) return Number(digits)
    this.errors.push({ field, code: 'formNumber' })
    return null
  }
}

type Said = Omit<NewVm, 'name' | 'host' | 'preset' | 'cloudInit' | 'disks'> & { disks: DiskOf[] }

function said(form: VmForm, reader: FormReader): Said {
  return {
    type: form.type,
    // A VM without a vCPU or memory is refused by the API, in words, at its field.
    vcpus: reader.number('vcpus', form.vcpus) ?? 1,
    maxVcpus: reader.number('maxVcpus', form.maxVcpus),
    topology: form.hasTopology
      ? {
          sockets: reader.number('topology.sockets', form.topology.sockets) ?? 1,
          cores: reader.number('topology.cores', form.topology.cores) ?? 1,
          threads: reader.number('topology.threads', form.topology.threads) ?? 1,
        }
      : null,
    memoryBytes: reader.size('memory', form.memory || '?') ?? gib,
    machine: form.machine.trim() || 'q35',
    firmware: form.firmware,
    tpm: form.tpm,
    cpu: textOrNull(form.cpu),
    disks: form.disks.map((disk, index) => diskOf(disk, `disks.${index}`, reader)),
    nics: form.nics.map((nic, index) => nicOf(nic, `nics.${index}`, reader)),
    boot: wordsOf(form.boot) as NonNullable<NewVm['boot']>,
    vnc: form.vnc,
    keymap: textOrNull(form.keymap),
    serial: form.serial,
    agent: form.agent,
    autostart: form.autostart,
    start: form.start,
    title: textOrNull(form.title),
    notes: form.notes,
    tags: wordsOf(form.tags),
    owner: textOrNull(form.owner),
  }
}

function guestSaid({ cloudInit, nics }: VmForm) {
  const { hostname, user, sshKeys, packages, isOwn, userData } = cloudInit
  return {
    hostname: textOrNull(hostname),
    user: textOrNull(user),
    sshKeys: linesOf(sshKeys),
    packages: wordsOf(packages),
    userData: isOwn ? userData : null,
    networks: nics.flatMap(({ guest }, nic) => guestOf(guest, nic)),
  }
}

/** @param preset its id, so that the VM knows what it was made from; null: none */
export function newVmOf(form: VmForm, preset: string | null): { vm: NewVm; errors: FormError[] } {
  const reader = new FormReader()
  const vm: NewVm = {
    ...said(form, reader),
    name: form.name,
    host: textOrNull(form.host),
    preset,
    cloudInit: form.hasCloudInit ? { ...guestSaid(form), password: form.cloudInit.password || null } : null,
  }
  return { vm, errors: reader.errors }
}

export function presetSpecOf(form: VmForm): { spec: Omit<NewVm, 'name' | 'host' | 'preset'>; errors: FormError[] } {
  const reader = new FormReader()
  const spec = { ...said(form, reader), cloudInit: form.hasCloudInit ? guestSaid(form) : null }
  return { spec, errors: reader.errors }
}

/** The form's field for one that the API names, e.g. `disks.0.sizeBytes`. */
export function formFieldOf(field: string, form: VmForm): string {
  const [first = '', second = '', third = '', ...more] = field.split('.')
  const nic = first === 'nics' ? form.nics[Number(second)] : undefined
  if (nic !== undefined) {
    if (third === 'source') return `nics.${second}.${nic.kind === 'direct' ? 'device' : nic.kind}`
    if (third === 'inbound' || third === 'outbound') return more.length > 0 ? field : `${field}.averageKBps`
    if (third === 'vlan') return `nics.${second}.vlanTags`
    return field
  }
  if (first === 'disks' && third === 'sizeBytes') return `disks.${second}.size`
  if (first === 'cloudInit' && second === 'networks') {
    const networks = form.nics.flatMap(({ guest }, index) => guestOf(guest, index))
    return `nics.${networks[Number(third)]?.nic ?? third}.guest.${more[0] ?? 'addresses'}`
  }
  if (first === 'cloudInit') return second === '' ? 'cloudInit.user' : `cloudInit.${second}`
  if (first === 'memoryBytes') return 'memory'
  if (first === 'boot' || first === 'tags') return first
  return field
}
