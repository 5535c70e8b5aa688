import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { blankLink } from '../model.ts'
import { InterfacesText } from '../text/interfaces.ts'
import { readInterfaces } from './ifupdown-read.ts'
import { writeInterfaces } from './ifupdown-write.ts'
import { InterfacesFiles, mainFile, type Dialect } from './ifupdown-files.ts'
import { changed, firstDifference } from './proof.ts'
import { bridgeConfigs, bonds, nicAddressing, portConfigs } from './random-links.ts'
import type { ConfigFile } from '../back-end.ts'
import type { LinkConfig } from '../model.ts'

const file = (content: string, path: string = mainFile): ConfigFile => ({ path, content, mode: 0o644, uid: 0, gid: 0 })

const read = (files: readonly ConfigFile[], dialect: Dialect) => readInterfaces(new InterfacesFiles(files, dialect))

const start = `# the loopback network interface
auto lo
iface lo inet loopback

auto enp1s0
iface enp1s0 inet static
    address 192.0.2.10/24
    gateway 192.0.2.1   
    # kept
    ethernet-wol g

allow-hotplug enp2s0
iface enp2s0 inet manual
`

describe.each(['ifupdown', 'ifupdown2'] as const)('%s', (dialect) => {
  it('says what was written, and the undo of it what was there', () => {
    const bridges = fc.record({
      link: nicAddressing(dialect),
      bridge: bridgeConfigs,
      port: dialect === 'ifupdown' ? fc.option(portConfigs, { nil: null }) : fc.constant(null),
      bond: fc.option(bonds, { nil: null }),
    })
    fc.assert(
      fc.property(bridges, nicAddressing(dialect), ({ link, bridge, port, bond }, other) => {
        const files = [file(start)]
        const before = read(files, dialect)
        const old = (name: string): LinkConfig | null => before.links.find((one) => one.name === name) ?? null
        const afters: LinkConfig[] = [
          { ...blankLink('enp1s0', 'nic'), master: 'br0', port },
          ...(bond === null
            ? [{ ...other, name: 'enp2s0', kind: 'nic' as const }]
            : [
                { ...blankLink('enp2s0', 'nic'), master: 'bond0' },
                { ...other, name: 'bond0', kind: 'bond' as const, bond },
              ]),
          { ...link, name: 'br0', kind: 'bridge', bridge },
          { ...blankLink('br0.20', 'vlan'), vlan: { parent: 'br0', id: 20 } },
        ]
        const changes = afters.map((after) => ({ name: after.name, before: old(after.name), after }))
        const made = writeInterfaces(files, changes, dialect)
        if (!made.ok) throw new Error(made.error.text)
        const then = changed(files, made.value)
        expect(read(then, dialect).unreadable).toEqual([])
        const found = read(then, dialect).links
        for (const { name, after } of changes)
          expect(firstDifference(found.find((one) => one.name === name) ?? null, after)).toBeNull()
        const again = writeInterfaces(then, changes, dialect)
        expect(again).toEqual({ ok: true, value: [] })
        const back = changes.map((change) => ({ ...change, before: change.after, after: change.before })).toReversed()
        const reverted = writeInterfaces(then, back, dialect)
        if (!reverted.ok) throw new Error(reverted.error.text)
        const last = read(changed(then, reverted.value), dialect).links
        expect(last.map(({ name }) => name).toSorted()).toEqual(before.links.map(({ name }) => name).toSorted())
        for (const one of before.links)
          expect(firstDifference(last.find(({ name }) => name === one.name) ?? null, one)).toBeNull()
      }),
      { numRuns: 60 },
    )
  })
})

describe('the text of interfaces(5)', () => {
  it('is byte-identical when nothing is edited', () => {
    const words = fc.constantFrom(
      'auto eth0',
      'iface eth0 inet static',
      '\taddress 192.0.2.1/24',
      '# x',
      '',
      'up a \\',
      '  b',
    )
    const ends = fc.constantFrom('\n', '\r\n')
    fc.assert(
      fc.property(fc.array(fc.tuple(words, ends)), fc.string(), (lines, tail) => {
        const text = lines.map(([word, end]) => word + end).join('') + tail
        expect(new InterfacesText(text).toString()).toBe(text)
      }),
    )
  })
})
