import type { HostChoices, VmPlan } from '../contract/vm-create.ts'
import { checkCloudInit, type SeedDocuments } from './cloud-init.ts'
import { checkMachine, checkName, decideType, usualCpu, type MachineContext } from './create-check.ts'
import { freeTarget, planDisks, roomiest, type DiskPlan, type ImportFacts, type VolumeWork } from './disk-plan.ts'
import { buildDomainXml, type BuiltNic } from './domain-build.ts'
import type { Inventory } from './inventory.ts'
import { planNics } from './nic-plan.ts'
import type { VmSpec } from './spec.ts'
import { volumeNameRefusal } from './volume.ts'

export interface PlanInput {
  uuid: string
  name: string
  spec: VmSpec
  preset: string | null
  choices: HostChoices
  inventory: Inventory
  imports: ReadonlyMap<string, ImportFacts>
  /** Of the guest's first documents, once their content is known; null: without a seed. */
  seedBytes: number | null
  /** Three bytes at a time. */
  random: () => Uint8Array
}

type Note = VmPlan['warnings'][number]

export interface MadePlan {
  type: 'kvm' | 'qemu'
  cpu: string | null
  disks: DiskPlan[]
  nics: BuiltNic[]
  volumes: VolumeWork[]
  seed: { pool: string; volume: string; path: string } | null
  xml: string
  steps: { id: string; title: string }[]
  commands: string[]
  warnings: Note[]
  refusals: { field: string; message: string }[]
}

/** What making this VM on this host means, and all that speaks against it. */
export function planVm(input: PlanInput): MadePlan {
  const { uuid, name, spec, choices, inventory } = input
  const refusals: MadePlan['refusals'] = []
  const warnings: Note[] = []
  const refuse = (field: string, message: string) => void refusals.push({ field, message })
  const warn = (field: string | null, message: string) => void warnings.push({ field, message })
  const machine: MachineContext = { name, uuid, choices, inventory, refuse, warn }
  checkName(machine)
  const type = decideType(spec.type, machine)
  checkMachine(spec, type, machine)
  const disks = planDisks(spec.disks, { name, uuid, choices, inventory, imports: input.imports, refuse, warn })
  const nics = planNics(spec.nics, { ...input, vcpus: spec.vcpus, maxVcpus: spec.maxVcpus, refuse, warn })
  if (spec.cloudInit !== null) refusals.push(...checkCloudInit(spec.cloudInit, spec.nics.length))
  const seed = input.seedBytes === null ? null : planSeed(input, disks, refuse)
  if (seed !== null) disks.push(seed)
  setBootOrder(spec, disks, nics)
  if (disks.length === 0 && !spec.boot.includes('network'))
    warn('disks', 'Without a disk and without booting from the network there is nothing to start from.')
  const cpu = spec.cpu ?? usualCpu(type, choices)
  const xml = buildDomainXml({
    uuid,
    name,
    type,
    architecture: choices.architecture,
    machine: spec.machine,
    cpu,
    spec,
    preset: input.preset,
    image: disks.find(({ from }) => from === 'image')?.source ?? null,
    disks: disks.map(({ built }) => built),
    nics,
  })
  const volumes = disks.flatMap(({ work, from }) => (work === null || from === 'seed' ? [] : [work]))
  const place = seed?.work ?? null
  return {
    type,
    cpu,
    disks,
    nics,
    volumes,
    seed: place === null ? null : { pool: place.pool, volume: place.volume, path: place.path },
    xml,
    steps: stepsOf(spec, volumes, seed !== null),
    commands: commandsOf(name, spec, volumes, place),
    warnings,
    refusals,
  }
}

/** The seed lies beside the first disk that is made, if that is a file. */
function planSeed(
  { name, choices, seedBytes }: PlanInput,
  disks: readonly DiskPlan[],
  refuse: (field: string, message: string) => void,
): DiskPlan | null {
  const beside = disks.find(({ work }) => work?.isFile === true)?.pool
  const pool = choices.pools.find((one) => one.name === beside) ?? roomiest(choices, true)
  if (pool === null || pool.path === null) {
    refuse('cloudInit', `${choices.host.name} has no pool with files, where the guest’s first documents could lie.`)
    return null
  }
  const volume = `${name}-seed.iso`
  if (
    volumeNameRefusal(volume) === null &&
    choices.images.some((image) => image.pool === pool.name && image.volume === volume)
  )
    refuse(
      'name',
      `There is a ${volume} in the pool ${pool.name} already, of an earlier VM of that name perhaps. Delete it, or choose another name.`,
    )
  const path = `${pool.path}/${volume}`
  return {
    built: {
      target: freeTarget(disks),
      device: 'cdrom',
      // Kernels of cloud images have virtio-scsi, and not always SATA.
      bus: 'scsi',
      path,
      kind: 'file',
      format: 'raw',
      cache: null,
      io: null,
      discard: null,
      ioThread: null,
      limits: null,
      bootOrder: null,
    },
    work: {
      pool: pool.name,
      volume,
      path,
      format: 'raw',
      capacityBytes: seedBytes ?? 0,
      backing: null,
      copyOf: null,
      isFile: true,
    },
    pool: pool.name,
    volume,
    source: null,
    sizeBytes: seedBytes,
    from: 'seed',
    mode: null,
  }
}

/** By device, so that a seed is never booted from. */
function setBootOrder({ boot }: VmSpec, disks: readonly DiskPlan[], nics: readonly BuiltNic[]): void {
  let order = 0
  const number = (devices: readonly { bootOrder: number | null }[]) => {
    for (const device of devices) device.bootOrder = ++order
  }
  const built = disks.filter(({ from }) => from !== 'seed').map((disk) => disk.built)
  for (const wanted of new Set(boot)) {
    if (wanted === 'disk') number(built.filter(({ device }) => device === 'disk'))
    else if (wanted === 'cdrom') number(built.filter(({ device }) => device === 'cdrom'))
    else number(nics)
  }
}

function stepsOf(spec: VmSpec, volumes: readonly VolumeWork[], hasSeed: boolean): MadePlan['steps'] {
  return [
    { id: 'check', title: 'Look whether it can still be made' },
    ...(volumes.length > 0
      ? [{ id: 'volumes', title: volumes.length === 1 ? 'Make its disk' : `Make its ${volumes.length} disks` }]
      : []),
    ...(hasSeed ? [{ id: 'seed', title: 'Write what the guest reads first' }] : []),
    { id: 'define', title: 'Define it' },
    ...(spec.autostart ? [{ id: 'autostart', title: 'Let it start with the host' }] : []),
    ...(spec.start ? [{ id: 'start', title: 'Start it' }] : []),
  ]
}

/** For people who want to see, or do it themselves; words with anything unusual in them are quoted. */
function commandsOf(name: string, spec: VmSpec, volumes: readonly VolumeWork[], seed: VolumeWork | null): string[] {
  const word = (text: string) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`)
  const virsh = (...words: string[]) => ['virsh', ...words].map(word).join(' ')
  const domain = vmDomainFile(name)
  return [
    ...volumes.flatMap((work) => [
      virsh(
        'vol-create-as',
        work.pool,
        work.volume,
        String(work.capacityBytes),
        ...(work.format === null ? [] : ['--format', work.format, '--allocation', '0']),
        ...(work.backing === null
          ? []
          : ['--backing-vol', work.backing.path, '--backing-vol-format', work.backing.format]),
      ),
      ...(work.copyOf === null
        ? []
        : [
            [
              'qemu-img',
              'convert',
              '-p',
              '-n',
              '-f',
              work.copyOf.format,
              '-O',
              work.format ?? 'raw',
              work.copyOf.path,
              work.path,
            ]
              .map(word)
              .join(' '),
          ]),
    ]),
    ...(seed === null
      ? []
      : [
          ['cloud-localds', '--network-config', 'network-config', seed.path, 'user-data', 'meta-data']
            .map(word)
            .join(' '),
        ]),
    virsh('define', '--validate', domain),
    ...(spec.autostart ? [virsh('autostart', name)] : []),
    ...(spec.start ? [virsh('start', name)] : []),
  ]
}

const vmDomainFile = (name: string): string => `${name}.xml`

/** The plan as the API tells it. */
export function presentPlan(
  { name, spec }: Pick<PlanInput, 'name' | 'spec'>,
  made: MadePlan,
  {
    host,
    candidates,
    documents,
  }: { host: VmPlan['host']; candidates: VmPlan['candidates']; documents: SeedDocuments | null },
): VmPlan {
  const { type, cpu, xml, steps, commands, warnings, refusals } = made
  return {
    name,
    host,
    candidates,
    type,
    vcpus: spec.vcpus,
    maxVcpus: spec.maxVcpus,
    memoryBytes: spec.memoryBytes,
    machine: spec.machine,
    firmware: spec.firmware,
    cpu,
    disks: made.disks.map(({ built, pool, volume, source, sizeBytes, from, mode }) => ({
      target: built.target,
      device: built.device,
      bus: built.bus,
      from,
      mode,
      pool,
      volume,
      path: built.path,
      source,
      sizeBytes,
      format: built.path === null ? null : built.format,
    })),
    nics: made.nics.map(({ mac, source, model, queues, mtu }) => ({
      mac,
      source: source.kind === 'bridge' ? source.bridge : source.kind === 'network' ? source.network : source.device,
      model,
      queues,
      mtu,
    })),
    cloudInit: documents,
    xml,
    steps,
    commands,
    warnings,
    refusals,
  }
}
