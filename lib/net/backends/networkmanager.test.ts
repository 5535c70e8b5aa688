import fc from 'fast-check'
import { expect, it } from 'vitest'
import { blankLink, type LinkConfig } from '../model.ts'
import { networkmanager } from './networkmanager.ts'
import { changed, firstDifference } from './proof.ts'
import { bonds, bridgeConfigs, nicAddressing, portConfigs } from './random-links.ts'

const start = `[connection]
id=uplink
uuid=0a1b2c3d-0000-4000-8000-000000000001
type=ethernet
interface-name=enp1s0
# kept
[ethernet]
wake-on-lan=64

[ipv4]
method=manual
address1=192.0.2.10/24,192.0.2.1

[ipv6]
method=link-local
`

it('says what was written, and the undo of it what was there', () => {
  const wish = fc.record({
    link: nicAddressing('networkmanager'),
    bridge: bridgeConfigs,
    port: fc.option(portConfigs, { nil: null }),
    bond: fc.option(bonds, { nil: null }),
  })
  fc.assert(
    fc.property(wish, nicAddressing('networkmanager'), ({ link, bridge, port, bond }, other) => {
      const path = '/etc/NetworkManager/system-connections/uplink.nmconnection'
      const files = [{ path, content: start, mode: 0o600, uid: 0, gid: 0 }]
      const before = networkmanager.read(files)
      const old = (name: string): LinkConfig | null => before.links.find((one) => one.name === name) ?? null
      const servers = (config: LinkConfig): LinkConfig => ({
        ...config,
        dns: { ...config.dns, servers: config.dns.servers.toSorted((a, b) => a.length - b.length) },
      })
      const afters: LinkConfig[] = [
        { ...blankLink('enp1s0', 'nic'), master: 'br0', port },
        bond === null
          ? { ...servers(other), name: 'enp2s0', kind: 'nic' }
          : { ...servers(other), name: 'bond0', kind: 'bond', bond },
        { ...servers(link), name: 'br0', kind: 'bridge', bridge },
        { ...blankLink('br0.20', 'vlan'), vlan: { parent: 'br0', id: 20 } },
      ]
      const changes = afters.map((after) => ({ name: after.name, before: old(after.name), after }))
      const made = networkmanager.write(files, changes)
      if (!made.ok) throw new Error(made.error.text)
      const then = changed(files, made.value)
      const found = networkmanager.read(then).links
      for (const { name, after } of changes)
        expect(firstDifference(after, found.find((one) => one.name === name) ?? null)).toBeNull()
      expect(networkmanager.write(then, changes)).toEqual({ ok: true, value: [] })
      const back = changes.map(({ name, before: was, after }) => ({ name, before: after, after: was }))
      const reverted = networkmanager.write(then, back)
      if (!reverted.ok) throw new Error(reverted.error.text)
      const last = networkmanager.read(changed(then, reverted.value)).links
      expect(last.map(({ name }) => name)).toEqual(['enp1s0'])
      expect(firstDifference(old('enp1s0'), last[0] ?? null)).toBeNull()
    }),
    { numRuns: 60 },
  )
})
