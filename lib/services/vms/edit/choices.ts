import type { Actor } from '../../../access/can.ts'
import type { VmChoices } from '../../../contract/vm-edit.ts'
import { readPools } from '../../../host/libvirt/pools.ts'
import { getFacts } from '../../../store/facts.ts'
import { parseVolume } from '../../../vm/volume.ts'
import { refuse } from '../../refuse.ts'
import { findVm } from '../find.ts'
import { granted } from './change-vm.ts'
import { poolKind, usersOf } from './disk-source.ts'
import { readNicAround } from './nic-around.ts'

/** What may be chosen for a VM on its host, as it is now. */
export async function readChoices(actor: Actor, reference: string, now: () => Date): Promise<VmChoices> {
  await refuse(actor, 'vm.read')
  const found = await findVm(reference, now)
  const [around, pools, facts] = await Promise.all([
    readNicAround(found, null, now),
    readPools(found.client),
    getFacts(found.host.id),
  ])
  return {
    bridges: around.bridges,
    networks: around.networks.map(({ name, active, mode, bridge, mtu, portGroups }) => ({
      name,
      active,
      mode,
      bridge,
      mtu,
      portGroups,
    })),
    devices: around.devices,
    filters: [...around.filters],
    pools: granted(pools)
      .map(({ ref, active, definitionXml, volumes }) => ({
        name: ref.name,
        kind: poolKind(definitionXml),
        active,
        volumes: volumes.flatMap(({ xml }) => {
          const parsed = parseVolume(xml)
          if (!parsed.ok || parsed.value.path === null) return []
          const { name, path, format, capacityBytes, kind } = parsed.value
          if (kind !== 'file' && kind !== 'block') return []
          const isIso = format === 'iso' || /\.iso$/i.test(name)
          return [{ name, path, format, capacityBytes, isIso, usedBy: usersOf(found.host.id, path, null) }]
        }),
      }))
      .toSorted((a, b) => a.name.localeCompare(b.name, 'en')),
    host: { threads: facts?.cpu.threads ?? 0, memoryBytes: facts?.memory.totalBytes ?? 0 },
    freeMac: around.newMac(),
  }
}
