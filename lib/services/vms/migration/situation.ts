import type { RpcClient } from '../../../host/libvirt/client.ts'
import { blockInfo, compareCpu, domainCapabilities, hostCapabilities } from '../../../host/libvirt/migration-calls.ts'
import { readFacts } from '../../../host/facts.ts'
import { Problem } from '../../../kit/problem.ts'
import type { Session } from '../../../ssh/session.ts'
import type { HostRow } from '../../../store/hosts.ts'
import type { MigrationHost, MigrationSituation, SeenFile } from '../../../vm/migration-check.ts'
import { readHostUuid, readMigrationNeeds, type MigrationNeeds } from '../../../vm/migration-needs.ts'
import { findHost } from '../../hosts/find.ts'
import { keepFacts } from '../../hosts/facts.ts'
import { sshProblem } from '../../ssh-problem.ts'
import { findVm, libvirtOn, type FoundVm } from '../find.ts'

/** Both ends of a move, as they are at this moment. */
export interface MigrationEnds {
  vm: FoundVm
  target: { host: HostRow; session: Session; client: RpcClient }
  situation: MigrationSituation
}

/** @param reference see `findVm`. @param to id or name of a host */
export async function openMigration(reference: string, to: string, now: () => Date): Promise<MigrationEnds> {
  const vm = await findVm(reference, now)
  const host = await findHost(to)
  if (host.id === vm.host.id)
    throw new Problem({
      code: 'same-host',
      kind: 'invalid',
      title: `${vm.domain.defined.name} is on ${host.name} already. Choose another host.`,
      fields: [{ field: 'to', message: 'It is there already.' }],
    })
  const target = { host, ...(await libvirtOn(host)) }
  return { vm, target, situation: await look(vm, target, now) }
}

async function look(vm: FoundVm, target: MigrationEnds['target'], now: () => Date): Promise<MigrationSituation> {
  const { domain, session, client } = vm
  const shown = domain.running ?? domain.defined
  const read = readMigrationNeeds(domain.runningXml ?? domain.definitionXml)
  if (!read.ok) throw new Problem({ code: 'bad-xml', kind: 'conflict', title: read.error })
  const needs = read.value
  const paths = [...needs.files, ...needs.disks].flatMap(({ path }) => (path === null ? [] : [path]))
  const [source, there, machine, cpu, atSource, atTarget, ahead, sizes] = await Promise.all([
    hostSide(vm, now),
    hostSide(target, now),
    target.client.call(domainCapabilities(shown.architecture, shown.machine, shown.type)),
    needs.cpuXml === null
      ? null
      : target.client.call(compareCpu(shown.architecture, shown.machine, shown.type, needs.cpuXml)),
    seenFiles(session, paths),
    seenFiles(target.session, paths),
    clockAhead(session, target.session),
    diskSizes(client, vm, needs),
  ])
  const address = addressOf(target.host, there)
  return {
    domain: shown,
    isRunning: domain.running !== null,
    persistent: domain.persistent,
    hasSnapshots: domain.hasSnapshots,
    hasSavedState: domain.hasSavedState,
    needs,
    source,
    target: there,
    machineRefusal: machine.ok ? null : machine.error.title,
    cpuCompared: cpu?.ok === true ? cpu.value : null,
    atSource,
    atTarget,
    diskBytes: sizes,
    clockAheadMs: ahead,
    address,
    reaches: await reaches(session, address, target.host.port),
  }
}

async function hostSide(
  { host, session, client }: { host: HostRow; session: Session; client: RpcClient },
  now: () => Date,
): Promise<MigrationHost> {
  const [facts, capabilities] = await Promise.all([readFacts(session, now), client.call(hostCapabilities())])
  if (!facts.ok) throw sshProblem(facts.error)
  await keepFacts(host.id, facts.value)
  return { name: host.name, facts: facts.value, uuid: capabilities.ok ? readHostUuid(capabilities.value) : null }
}

/** Where Drawbridge itself reaches the target's own address; a host's name or a jump host's view may be another one. */
function addressOf(host: HostRow, { facts }: MigrationHost): string {
  const local = facts.network.managementPath?.localAddress ?? null
  return local === null || local.startsWith('127.') || local === '::1' ? host.address : local
}

/** By opening a connection to the target's SSH from the source. Null: the source's SSH opens none for us. */
async function reaches(source: Session, address: string, port: number): Promise<boolean | null> {
  const opened = await source.forwardTcp(address, port)
  if (opened.ok) {
    opened.value.destroy()
    return true
  }
  return ['refused', 'timeout', 'unreachable'].includes(opened.error.code) ? false : null
}

/** Each path's file system, or null for a file that is not there. What could not be read is left out. */
async function seenFiles(session: Session, paths: readonly string[]): Promise<Map<string, SeenFile | null>> {
  const seen = await Promise.all(
    paths.map(async (path): Promise<[string, SeenFile | null][]> => {
      const ran = await session.exec(['stat', '-f', '-L', '-c', '%T', '--', path], { sudo: true, maxBytes: 4096 })
      if (!ran.ok) return []
      const word = ran.value.stdout.toString('utf8').trim()
      if (ran.value.code === 0) return [[path, { fileSystem: word.slice(0, 32) }]]
      return /No such file/.test(ran.value.stderr.toString('utf8')) ? [[path, null]] : []
    }),
  )
  return new Map(seen.flat())
}

/** To about the time a command takes. */
async function clockAhead(source: Session, target: Session): Promise<number | null> {
  const clock = async (session: Session): Promise<number> => {
    const ran = await session.exec(['date', '+%s%3N'], { maxBytes: 256 })
    return ran.ok ? Number(ran.value.stdout.toString('utf8').trim()) : Number.NaN
  }
  const [here, there] = await Promise.all([clock(source), clock(target)])
  return Number.isFinite(here) && Number.isFinite(there) ? there - here : null
}

async function diskSizes(client: RpcClient, { domain }: FoundVm, needs: MigrationNeeds): Promise<Map<string, number>> {
  if (domain.running === null) return new Map()
  const sizes = await Promise.all(
    needs.disks.map(async ({ target }): Promise<[string, number][]> => {
      const info = await client.call(blockInfo(domain.ref, target))
      return info.ok ? [[target, info.value.allocationBytes]] : []
    }),
  )
  return new Map(sizes.flat())
}
