import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { BackEndDriver, ConfigFile, LinkChange } from '../back-end.ts'
import { blankLink, bondModes, type BridgeConfig, type LinkConfig } from '../model.ts'
import { netplan } from './netplan.ts'
import { networkd } from './networkd.ts'
import { canonical, changed } from './proof.ts'

/** What a tool cannot say is left out of what is asked of it. */
interface Ability {
  vlanAware: boolean
  clientIds: string[]
}

const whole: Ability = { vlanAware: true, clientIds: ['mac', 'duid', 'ff:b6:22:0f:eb:00:02:00:00:ab:11:f9:2a:c2:77'] }
const drivers: [BackEndDriver, Ability, number][] = [
  [networkd, whole, 40],
  // Its files are parsed anew at each edit.
  [netplan, whole, 12],
]

const maybe = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: null })
const byte = fc.integer({ min: 1, max: 250 })
const address4 = byte.map((n) => `192.0.2.${n}`)
const address6 = byte.map((n) => `2001:db8::${n.toString(16)}`)
const cidr4 = address4.map((address) => `${address}/24`)
const cidr6 = address6.map((address) => `${address}/64`)
const some = <T>(of: fc.Arbitrary<T>, minLength = 0) => fc.uniqueArray(of, { minLength, maxLength: 3 })
const metric = maybe(fc.integer({ min: 1, max: 4000 }))

const ipv4 = ({ clientIds }: Ability): fc.Arbitrary<LinkConfig['ipv4']> =>
  fc.oneof(
    fc.constant({ kind: 'none' as const }),
    fc.record({
      kind: fc.constant('dhcp' as const),
      clientId: maybe(fc.constantFrom(...clientIds)),
      metric,
      addresses: some(cidr4),
    }),
    fc.record({
      kind: fc.constant('static' as const),
      addresses: some(cidr4, 1),
      gateway: fc.constant('192.0.2.254'),
      metric,
    }),
    fc.record({
      kind: fc.constant('static' as const),
      addresses: some(cidr4, 1),
      gateway: fc.constant(null),
      metric: fc.constant(null),
    }),
  )

const ipv6: fc.Arbitrary<LinkConfig['ipv6']> = fc.oneof(
  fc.constant({ kind: 'none' as const }),
  fc.record({ kind: fc.constantFrom('auto' as const, 'dhcp' as const), addresses: some(cidr6) }),
  fc.record({
    kind: fc.constant('static' as const),
    addresses: some(cidr6, 1),
    gateway: fc.constant('2001:db8::ffff'),
    metric,
  }),
  fc.record({
    kind: fc.constant('static' as const),
    addresses: some(cidr6, 1),
    gateway: fc.constant(null),
    metric: fc.constant(null),
  }),
)

const route: fc.Arbitrary<LinkConfig['routes'][number]> = fc.oneof(
  fc.record({
    destination: fc.constantFrom('10.0.0.0/8', 'default', '198.51.100.0/24'),
    family: fc.constant('inet' as const),
    gateway: fc.constantFrom('192.0.2.1', '192.0.2.2'),
    metric,
    table: fc.constantFrom(100, 200),
    source: maybe(address4),
    onLink: fc.boolean(),
  }),
  fc.record({
    destination: fc.constantFrom('2001:db8:1::/48', 'default'),
    family: fc.constant('inet6' as const),
    gateway: fc.constantFrom('fe80::1', '2001:db8::fffe'),
    metric,
    table: fc.constantFrom(100, 200),
    source: fc.constant(null),
    onLink: fc.boolean(),
  }),
)

const rule: fc.Arbitrary<LinkConfig['rules'][number]> = fc.record({
  family: fc.constant('inet' as const),
  priority: maybe(fc.integer({ min: 1, max: 32000 })),
  from: cidr4,
  to: maybe(fc.constant('10.0.0.0/8')),
  table: fc.constantFrom(100, 254),
})

const bridge = ({ vlanAware }: Ability): fc.Arbitrary<BridgeConfig> =>
  fc.record({
    stp: maybe(fc.boolean()),
    forwardDelaySeconds: maybe(fc.integer({ min: 2, max: 30 })),
    helloSeconds: maybe(fc.integer({ min: 1, max: 10 })),
    maxAgeSeconds: maybe(fc.integer({ min: 6, max: 40 })),
    priority: maybe(fc.integer({ min: 0, max: 65535 })),
    ageingSeconds: maybe(fc.integer({ min: 0, max: 1000 })),
    vlanFiltering: vlanAware ? maybe(fc.boolean()) : fc.constant(null),
    defaultPvid: vlanAware ? maybe(fc.integer({ min: 0, max: 4094 })) : fc.constant(null),
    multicastSnooping: vlanAware ? maybe(fc.boolean()) : fc.constant(null),
  })

const vlans = fc.uniqueArray(fc.integer({ min: 2, max: 30 }), { minLength: 2, maxLength: 12 })
const port: fc.Arbitrary<LinkConfig['port']> = fc.tuple(vlans, fc.nat(12)).map(([ids, cut]) => {
  const ascending = (list: number[]) => list.toSorted((a, b) => a - b)
  return { pvid: ids[0] ?? null, untagged: ascending(ids.slice(0, cut)), tagged: ascending(ids.slice(cut)) }
})

const bond: fc.Arbitrary<NonNullable<LinkConfig['bond']>> = fc.record({
  mode: fc.constantFrom(...bondModes),
  miimonMs: maybe(fc.integer({ min: 1, max: 2500 })),
  upDelayMs: maybe(fc.integer({ min: 1, max: 2500 })),
  downDelayMs: maybe(fc.integer({ min: 1, max: 2500 })),
  lacpRate: fc.constantFrom(null, 'slow' as const, 'fast' as const),
  hashPolicy: fc.constantFrom(null, 'layer2' as const, 'layer3+4' as const, 'encap2+3' as const),
  primary: fc.constant(null),
  minLinks: maybe(fc.integer({ min: 0, max: 2 })),
})

/** What is said of a link as such. */
const said = (ability: Ability) =>
  fc.record({
    mac: maybe(byte.map((n) => `02:00:00:00:00:${n.toString(16).padStart(2, '0')}`)),
    mtu: maybe(fc.integer({ min: 1280, max: 9000 })),
    ipv4: ipv4(ability),
    ipv6,
    dns: fc.record({
      servers: some(fc.oneof(address4, address6)),
      domains: some(fc.constantFrom('example.org', '~lan')),
    }),
    routes: fc.uniqueArray(route, { maxLength: 3, selector: (of) => JSON.stringify(of) }),
    rules: fc.uniqueArray(rule, { maxLength: 2, selector: (of) => JSON.stringify(of) }),
  })

/** Four NICs, and of a bond over two of them, a VLAN and a bridge those that fall to it. */
const config = (ability: Ability): fc.Arbitrary<LinkConfig[]> =>
  fc
    .record({
      said: fc.tuple(said(ability), said(ability), said(ability), said(ability), said(ability), said(ability)),
      bond: maybe(bond),
      vlan: maybe(fc.record({ on: fc.constantFrom('e1', 'bond0'), id: fc.integer({ min: 1, max: 4094 }) })),
      bridge: maybe(
        fc.record({
          settings: bridge(ability),
          ports: fc.subarray(['e1', 'e2', 'bond0', 'e1.v']),
          port: ability.vlanAware ? maybe(port) : fc.constant(null),
        }),
      ),
      primary: fc.boolean(),
    })
    .map((of) => {
      const [a, b, c, d, e, f] = of.said
      const links: LinkConfig[] = [
        { ...blankLink('e1', 'nic'), ...a },
        { ...blankLink('e2', 'nic'), ...b },
        { ...blankLink('e3', 'nic'), ...c, ...(of.bond === null ? {} : nothing) },
      ]
      if (of.bond !== null) {
        const primary = of.primary && of.bond.mode === 'active-backup' ? 'e3' : null
        links.push({ ...blankLink('bond0', 'bond'), ...d, bond: { ...of.bond, primary } })
        for (const link of links) if (link.name === 'e3') link.master = 'bond0'
      }
      const on = of.vlan?.on === 'bond0' && of.bond === null ? 'e1' : of.vlan?.on
      if (of.vlan !== null && on !== undefined)
        links.push({ ...blankLink('e1.v', 'vlan'), ...e, vlan: { parent: on, id: of.vlan.id } })
      if (of.bridge !== null) {
        for (const link of links)
          if (of.bridge.ports.includes(link.name) && link.name !== on)
            Object.assign(link, nothing, { master: 'br0', port: of.bridge.port })
        links.push({
          ...blankLink('br0', 'bridge'),
          ...f,
          bridge: of.bridge.port === null ? of.bridge.settings : { ...of.bridge.settings, defaultPvid: 0 },
        })
      }
      return links
    })

const nothing = {
  ipv4: { kind: 'none' as const },
  ipv6: { kind: 'none' as const },
  dns: { servers: [], domains: [] },
  routes: [],
  rules: [],
}

function changesOf(before: readonly LinkConfig[], after: readonly LinkConfig[]): LinkChange[] {
  const names = [...new Set([...after, ...before].map(({ name }) => name))]
  const of = (links: readonly LinkConfig[], name: string) => links.find((link) => link.name === name) ?? null
  return names.map((name) => ({ name, before: of(before, name), after: of(after, name) }))
}

const spelled = (links: readonly LinkConfig[]) => links.map(canonical).toSorted((a, b) => (a.name < b.name ? -1 : 1))

function written(driver: BackEndDriver, files: readonly ConfigFile[], changes: LinkChange[]): ConfigFile[] {
  const done = driver.write(files, changes)
  if (!done.ok) throw new Error(done.error.text)
  return changed(files, done.value)
}

describe.each(drivers)('$id', (driver, able, numRuns) => {
  test('what was written is what is read, and the way back leads back', () => {
    fc.assert(
      fc.property(config(able), config(able), (first, second) => {
        const made = written(driver, [], changesOf([], first))
        expect(driver.read(made).unreadable).toEqual([])
        expect(spelled(driver.read(made).links)).toEqual(spelled(first))

        const edited = written(driver, made, changesOf(first, second))
        expect(spelled(driver.read(edited).links)).toEqual(spelled(second))
        expect(driver.write(edited, changesOf(second, second))).toEqual({ ok: true, value: [] })

        const reverted = written(driver, edited, changesOf(second, first))
        expect(spelled(driver.read(reverted).links)).toEqual(spelled(first))
      }),
      { numRuns },
    )
  }, 30_000)
})
