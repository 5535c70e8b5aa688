import { expect, test } from 'vitest'
import { readNeighbours, readPassing } from '../facts/guest-addresses.ts'
import { type KnownAddress, mergeAddresses } from './addresses.ts'

const mac = '52:54:00:00:00:01'
const known = (source: KnownAddress['source'], address: string, prefix: number | null = null): KnownAddress => ({
  mac,
  address,
  prefix,
  source,
})

test('an address is told once, from the best that knows it, with the prefix anybody knows', () => {
  expect(
    mergeAddresses(
      [mac],
      [known('switch', '192.0.2.5'), known('neighbour', '192.0.2.5'), known('lease', '192.0.2.5', 24)],
    ),
  ).toEqual([known('lease', '192.0.2.5', 24)])
})

test('a guest that speaks for itself has no older addresses', () => {
  const merged = mergeAddresses(
    [mac],
    [known('switch', '192.0.2.9'), known('agent', '2001:db8::5', 64), known('agent', '192.0.2.5', 24)],
  )
  expect(merged.map(({ address }) => address)).toEqual(['192.0.2.5', '2001:db8::5'])
})

test('what belongs to another MAC is another’s', () => {
  expect(mergeAddresses(['52:54:00:00:00:02'], [known('agent', '192.0.2.5')])).toEqual([])
})

test('neighbours are read; what nobody answers for, and what only counts on the link, is left out', () => {
  const output = JSON.stringify([
    { dst: '192.0.2.5', dev: 'br0', lladdr: '52:54:00:00:00:01', state: ['STALE'] },
    { dst: '192.0.2.6', dev: 'br0', state: ['FAILED'] },
    { dst: '192.0.2.7', dev: 'br0', lladdr: '52:54:00:00:00:02', state: ['INCOMPLETE'] },
    { dst: 'fe80::1', dev: 'br0', lladdr: '52:54:00:00:00:01', state: ['REACHABLE'] },
    { dst: '2001:db8:0:0::5', dev: 'br0', lladdr: '52:54:00:00:00:01', state: ['REACHABLE'] },
    { dst: '; reboot', lladdr: 'x', state: 'what' },
  ])
  expect(readNeighbours(output)).toEqual([
    { mac, address: '192.0.2.5' },
    { mac, address: '2001:db8::5' },
  ])
  expect(readNeighbours('Error: ipv4: FIB table does not exist.')).toEqual([])
})

test('lines of what passes by are believed only when they are such lines', () => {
  expect(readPassing('52:54:00:00:00:01 192.0.2.5')).toEqual({ mac, address: '192.0.2.5' })
  expect(readPassing('52:54:00:00:00:01 2001:db8:0:0:0:0:0:5')).toEqual({ mac, address: '2001:db8::5' })
  for (const line of ['watching', '', '52:54:00:00:00:01', '52:54:00:00:00:01 300.1.1.1', 'x 192.0.2.5'])
    expect(readPassing(line)).toBeNull()
})
