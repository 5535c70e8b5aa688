import { expect, test } from 'vitest'
import { nextPath } from './next-path.ts'

test.each([
  ['/hosts/kvm-03/live?sort=-rx#top', '/hosts/kvm-03/live?sort=-rx#top'],
  ['/jobs', '/jobs'],
  ['/', '/'],
])('%s is ours', (asked, path) => expect(nextPath(asked)).toBe(path))

test.each([
  null,
  undefined,
  '',
  'hosts',
  '//example.org',
  '/\\example.org',
  '/\t/example.org',
  '\\\\example.org',
  'https://example.org/',
  'javascript:alert(1)',
  '/.//example.org',
  '/login?next=/login',
  '/setup',
])('%j leads to the start page', (asked) => expect(nextPath(asked)).toBe('/'))
