import fc from 'fast-check'
import { expect, test } from 'vitest'
import { YamlText } from './yaml-text.ts'
import type { YamlValue } from './yaml-value.ts'

const of = (text: string): YamlText => {
  const parsed = YamlText.parse(text)
  if (!parsed.ok) throw new Error(parsed.error)
  return parsed.value
}

const netplan = `# of the installer
network:
  version: 2
  ethernets:
    enp1s0:   # the cable
      match: {macaddress: 52:54:00:00:00:01}
      dhcp4: off
      addresses:
        - 192.0.2.10/24   # first
        # second
        - "2001:db8::10/64"
      routes: [{to: default, via: 192.0.2.1}]
    enp2s0:
    enp3s0: {}

# the end
`

test('scalars are the text that stands there', () => {
  const text = of(netplan)
  expect(text.get(['network', 'ethernets', 'enp1s0', 'dhcp4'])).toBe('off')
  expect(text.get(['network', 'ethernets', 'enp1s0', 'match'])).toEqual({ macaddress: '52:54:00:00:00:01' })
  expect(text.get(['network', 'ethernets', 'enp2s0'])).toBeNull()
  expect(text.keys(['network', 'ethernets'])).toEqual(['enp1s0', 'enp2s0', 'enp3s0'])
})

test('only what an edit names changes', () => {
  const text = of(netplan)
  const nic = ['network', 'ethernets', 'enp1s0']
  text.set([...nic, 'dhcp4'], true)
  text.setList([...nic, 'addresses'], ['2001:db8::10/64', '192.0.2.11/24'])
  text.setList(
    [...nic, 'routes'],
    [
      { to: 'default', via: '192.0.2.1' },
      { to: '10.0.0.0/8', via: '192.0.2.2' },
    ],
  )
  text.set([...nic, 'macaddress'], '52:54:00:00:00:02')
  text.set(['network', 'ethernets', 'enp2s0', 'mtu'], 9000)
  text.set(['network', 'ethernets', 'enp3s0', 'nameservers', 'addresses'], ['2001:db8::1', '192.0.2.1'])
  text.set(['network', 'bridges', 'br0'], { interfaces: ['enp1s0'], parameters: { stp: false } })
  expect(text.toString()).toBe(`# of the installer
network:
  version: 2
  ethernets:
    enp1s0:   # the cable
      match: {macaddress: 52:54:00:00:00:01}
      dhcp4: true
      addresses:
        # second
        - "2001:db8::10/64"
        - 192.0.2.11/24
      routes: [{to: default, via: 192.0.2.1}, {to: 10.0.0.0/8, via: 192.0.2.2}]
      macaddress: "52:54:00:00:00:02"
    enp2s0:
      mtu: 9000
    enp3s0:
      nameservers:
        addresses: ["2001:db8::1", 192.0.2.1]
  bridges:
    br0:
      interfaces: [enp1s0]
      parameters:
        stp: false

# the end
`)
})

test('a map that loses its last key stays, empty', () => {
  const text = of('network:\n  ethernets:\n    a:\n      dhcp4: true\n    b: {dhcp4: true, mtu: 1400}\n')
  text.remove(['network', 'ethernets', 'a', 'dhcp4'])
  text.remove(['network', 'ethernets', 'b', 'dhcp4'])
  expect(text.toString()).toBe('network:\n  ethernets:\n    a: {}\n    b: {mtu: 1400}\n')
  text.remove(['network', 'ethernets'])
  text.set(['network', 'version'], 2)
  expect(text.toString()).toBe('network:\n  version: 2\n')
})

test('what it leaves alone it says', () => {
  expect(YamlText.parse('a: &x 1\nb: *x\n')).toEqual({ ok: false, error: 'it uses anchors' })
  expect(YamlText.parse('a: 1\n---\nb: 1\n').ok).toBe(false)
  expect(YamlText.parse('a: [1\n').ok).toBe(false)
  expect(YamlText.parse('').ok).toBe(true)
  expect(YamlText.parse('- a\n').ok).toBe(false)
})

const key = fc.constantFrom('a', 'b', 'c', 'd:e', 'yes', '2001:db8::/64')
const scalar = fc.oneof(
  fc.string({ maxLength: 8 }),
  fc.integer(),
  fc.boolean(),
  fc.constantFrom('52:54:00:12:34:56', 'off'),
)
const { value } = fc.letrec<{ value: YamlValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    scalar,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(key, tie('value'), { maxKeys: 3 }),
  ),
}))
const strings = (given: YamlValue): unknown =>
  Array.isArray(given)
    ? given.map(strings)
    : typeof given === 'object'
      ? Object.fromEntries(Object.entries(given).map(([name, inner]) => [name, strings(inner)]))
      : String(given)

test('what was set is what is read, whatever stood there', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.array(key, { minLength: 1, maxLength: 3 }), fc.option(value, { nil: null })), {
        maxLength: 6,
      }),
      (edits) => {
        const text = of('# top\nx: 1 # one\n')
        for (const [path, given] of edits) {
          // A scalar has nothing beneath it.
          const under = path.slice(0, -1).every((_, at) => {
            const above = text.get(path.slice(0, at + 1))
            return above === null || (typeof above === 'object' && !Array.isArray(above))
          })
          if (!under) continue
          if (given === null) text.remove(path)
          else text.set(path, given)
          expect(text.get(path)).toEqual(given === null ? null : strings(given))
          expect(of(text.toString()).get(path)).toEqual(text.get(path))
          expect(text.get(['x'])).toBe('1')
        }
        expect(text.toString().startsWith('# top\nx: 1 # one\n')).toBe(true)
      },
    ),
    { numRuns: 500 },
  )
})
