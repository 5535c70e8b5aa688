import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SectionText } from './sections.ts'

const network = `# of the office
[Match]
Name=enp1s0

[Network]
; the first address
Address = 192.0.2.10/24
Address=192.0.2.11/24
DNS=192.0.2.1 \\
# in between
  192.0.2.2
[Route]
Destination=10.0.0.0/8

# the other
[Route]
Destination=172.16.0.0/12
`

test('sections and keys repeat; continued lines are one value', () => {
  const text = new SectionText(network)
  expect(text.values('Network', 'Address')).toEqual(['192.0.2.10/24', '192.0.2.11/24'])
  expect(text.values('Network', 'DNS')).toEqual(['192.0.2.1  192.0.2.2'])
  expect(text.values('Route', 'Destination', 1)).toEqual(['172.16.0.0/12'])
  expect(text.last('Route', 'Destination')).toBe('172.16.0.0/12')
  expect(text.sections.map(({ name, nth }) => `${name}${nth}`)).toEqual(['Match0', 'Network0', 'Route0', 'Route1'])
})

test('a keyfile has no continued lines', () => {
  const text = new SectionText('[connection]\nid=a\\\nuuid=b\n', { continued: false })
  expect(text.values('connection', 'id')).toEqual(['a\\'])
  expect(text.values('connection', 'uuid')).toEqual(['b'])
})

test('only what an edit names changes', () => {
  const text = new SectionText(network)
  text.set('Network', 'Address', ['192.0.2.20/24'])
  text.set('Network', 'DNS', '192.0.2.3')
  text.add('Network', 'VLAN', 'lan.20')
  text.removeSection('Route', 0)
  expect(text.toString()).toBe(`# of the office
[Match]
Name=enp1s0

[Network]
; the first address
Address = 192.0.2.20/24
DNS=192.0.2.3
VLAN=lan.20
# the other
[Route]
Destination=172.16.0.0/12
`)
})

test('a section stands behind the last of its name, else at the end', () => {
  const text = new SectionText('[Match]\nName=a\n\n[Route]\nGateway=1.1.1.1\n\n[Link]\nMTUBytes=1400')
  expect(text.addSection('Route', [['Gateway', '2.2.2.2']])).toBe(1)
  text.set('Bridge', 'STP', 'no')
  expect(text.toString()).toBe(
    '[Match]\nName=a\n\n[Route]\nGateway=1.1.1.1\n\n[Route]\nGateway=2.2.2.2\n\n[Link]\nMTUBytes=1400\n\n[Bridge]\nSTP=no',
  )
  text.removeSection('Bridge', 0)
  text.removeSection('Route', 1)
  expect(text.toString()).toBe('[Match]\nName=a\n\n[Route]\nGateway=1.1.1.1\n\n[Link]\nMTUBytes=1400')
})

test('line ends of the file are kept', () => {
  const text = new SectionText('[Network]\r\nDHCP=yes\r\n')
  text.add('Network', 'Bridge', 'br0')
  text.set('Network', 'DHCP', 'no')
  expect(text.toString()).toBe('[Network]\r\nDHCP=no\r\nBridge=br0\r\n')
  text.remove('Network', 'Bridge')
  expect(text.toString()).toBe('[Network]\r\nDHCP=no\r\n')
})

const piece = fc.oneof(
  fc.constantFrom(
    '[Network]',
    '[Route]',
    '[',
    ' [Match] ',
    '# c',
    ';',
    '',
    'Key=',
    ' A = b ',
    'A=b \\',
    '\\',
    '=',
    '\r',
  ),
  fc.string(),
)
const anyText = fc
  .array(fc.tuple(piece, fc.constantFrom('\n', '\r\n')), { maxLength: 12 })
  .map((lines) => lines.map(([text, eol]) => text + eol).join(''))

test('what was not edited is byte-identical', () => {
  fc.assert(
    fc.property(anyText, fc.string(), (text, tail) => {
      for (const continued of [true, false])
        expect(new SectionText(text + tail, { continued }).toString()).toBe(text + tail)
    }),
  )
})

const word = fc.stringMatching(/^[a-z0-9.]{1,6}$/)

test('what was set is what is read, and setting it again changes nothing', () => {
  fc.assert(
    fc.property(anyText, fc.array(word, { maxLength: 3 }), (before, values) => {
      const text = new SectionText(before)
      text.set('Network', 'A', values)
      const after = text.toString()
      const again = new SectionText(after)
      expect(again.values('Network', 'A', 0)).toEqual(text.values('Network', 'A', 0))
      expect(again.count('Network') === 0 || again.values('Network', 'A', 0).join() === values.join()).toBe(true)
      again.set('Network', 'A', values)
      expect(again.toString()).toBe(after)
    }),
  )
})
