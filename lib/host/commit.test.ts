import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Expectation, HostChange } from '../net/change.ts'
import { parseActive, parseHistory, parseMarker } from './commit-answer.ts'
import { bundle, bundleFiles, expectationLine, sha256 } from './commit-bundle.ts'

const blank: HostChange = {
  id: '01ABCDEFGHJKMNPQRSTVWXYZ01',
  files: [],
  check: [],
  apply: [],
  undo: [],
  restore: [],
  created: [],
  expect: [],
  expectOld: [],
  taps: [],
  probes: [],
  windowSeconds: 120,
  applySeconds: 30,
}
const token = sha256('a token')

describe('what goes to the host', () => {
  test('is a tar stream that tar unpacks to the same files', () => {
    const change: HostChange = {
      ...blank,
      files: [
        { path: '/etc/netplan/60 a.yaml', beforeSha256: null, after: `a: "$(reboot)"\n`, mode: 0o600 },
        { path: '/etc/gone', beforeSha256: token, after: null, mode: 0o644 },
      ],
      apply: [
        { kind: 'files' },
        { kind: 'run', argv: ['printf', '', '$(id)', "it's"], timeoutSeconds: 4.2, mayFail: true },
      ],
      restore: [
        ['link', 'set', 'eth0', 'up'],
        ['bridge', 'vlan', 'show'],
      ],
      taps: [{ tap: 'vnet0', bridge: 'br0' }],
    }
    const folder = mkdtempSync(join(tmpdir(), 'bundle-'))
    try {
      execFileSync('tar', ['-xof', '-', '-C', folder], { input: bundle(change, token) })
      const read = (path: string) => readFileSync(join(folder, path), 'utf8')
      for (const [path, text] of Object.entries(bundleFiles(change, token))) expect(read(path)).toBe(text)
      expect(read('files')).toBe(
        `0\t/etc/netplan/60 a.yaml\t-\t${sha256(`a: "$(reboot)"\n`)}\t600\n1\t/etc/gone\t${token}\t-\t644\n`,
      )
      expect(read('new/0')).toBe(`a: "$(reboot)"\n`)
      expect(read('apply/0002/argv')).toBe(`printf\n\n$(id)\nit's\n`)
      expect(read('apply/0002/seconds')).toBe('5\n')
      expect(read('apply/0002/may-fail')).toBe('')
      expect(read('restore/0001')).toBe('ip\nlink\nset\neth0\nup\n')
      expect(read('restore/0002')).toBe('bridge\nvlan\nshow\n')
      expect(read('taps')).toBe('vnet0 br0\n')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test.each<[Expectation, string]>([
    [{ kind: 'up', link: 'br0' }, 'up br0'],
    [{ kind: 'master', link: 'eth0', master: null }, 'master eth0 -'],
    [{ kind: 'address', link: 'br0', cidr: 'fd00::1/64' }, 'address br0 fd00::1/64'],
    [
      { kind: 'route', family: 'inet', destination: 'default', gateway: null, link: 'br0', table: 'main' },
      'route br0 inet default - main',
    ],
    [{ kind: 'sysfs', link: 'br0', file: 'bridge/stp_state', value: '0' }, 'sysfs br0 bridge/stp_state 0'],
    [{ kind: 'vlans', link: 'eth0', pvid: null, untagged: [], tagged: [20, 3] }, 'vlans eth0 - - 3,20'],
  ])('%j is one line', (expectation, line) => {
    expect(expectationLine(expectation)).toBe(line.replaceAll(' ', '\t'))
  })

  test.each<[string, Partial<HostChange>]>([
    ['an id with a slash', { id: '../x' }],
    ['a path that climbs', { files: [{ path: '/etc/../root/x', beforeSha256: null, after: '', mode: 0o600 }] }],
    ['a path with a tab', { files: [{ path: '/etc/a\tb', beforeSha256: null, after: '', mode: 0o600 }] }],
    ['a word with a line break', { apply: [{ kind: 'run', argv: ['ip', 'a\nb'], timeoutSeconds: 1 }] }],
    ['a link with a space', { created: ['br 0'] }],
    ['a link that is a path', { expect: [{ kind: 'up', link: '../../x' }] }],
    ['a file outside the link', { expect: [{ kind: 'sysfs', link: 'br0', file: '../../x', value: '1' }] }],
    ['a probe that is an option', { probes: ['-f'] }],
    ['a step without a command', { apply: [{ kind: 'run', argv: [], timeoutSeconds: 1 }] }],
  ])('%s is refused', (_, part) => {
    expect(() => bundle({ ...blank, ...part }, token)).toThrow(TypeError)
  })
})

describe('what the host answers', () => {
  const marker = (line: string) => parseMarker(`noise\n=marker\t${line}\n`, '')
  test('markers', () => {
    expect(marker('absent')).toEqual({ ok: true, value: { state: 'absent' } })
    expect(marker('applying\t57\t2/5 ip link')).toEqual({
      ok: true,
      value: { state: 'applying', secondsLeft: 57, step: '2/5 ip link' },
    })
    expect(marker('reverted\ttimeout\tcomplete\t\t')).toEqual({
      ok: true,
      value: { state: 'reverted', reason: 'Nobody said keep in time.', complete: true, detail: null },
    })
    expect(marker('reverted\tfailed\tpartial\tStep 1\tx \u001b[31mis\u202e not')).toEqual({
      ok: true,
      value: { state: 'reverted', reason: 'Step 1', complete: false, detail: 'x is  not' },
    })
  })

  test('errors, and what is none of both', () => {
    expect(parseMarker('=error\tstale\tIt moved.\tbr0\n', '')).toEqual({
      ok: false,
      error: { code: 'stale', title: 'It moved.', detail: 'br0' },
    })
    expect(parseMarker('=error\tmade-up\tX\t\n', '')).toMatchObject({ error: { code: 'unknown', title: 'X' } })
    expect(parseMarker('', 'sh: Syntax error')).toMatchObject({
      error: { code: 'unknown', detail: 'sh: Syntax error' },
    })
    expect(parseMarker('=marker\tnonsense\n', '')).toMatchObject({ ok: false })
  })

  test('the undecided change and the journal', () => {
    expect(parseActive('=active\t01ABC\n', '')).toEqual({ ok: true, value: '01ABC' })
    expect(parseActive('=active\n', '')).toEqual({ ok: true, value: null })
    expect(parseActive('=active\t../x\n', '')).toEqual({ ok: true, value: null })
    expect(parseHistory('-one\nnoise\n-two \u0007\n')).toEqual(['one', 'two'])
  })
})
