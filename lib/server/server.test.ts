import type { IncomingMessage } from 'node:http'
import { describe, expect, test } from 'vitest'
import { readServerOptions } from './options.ts'
import { forwardedFor } from './peer.ts'

const request = (remoteAddress: string, forwarded?: string): Pick<IncomingMessage, 'headers' | 'socket'> => ({
  headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
  socket: { remoteAddress } as IncomingMessage['socket'],
})

describe('whose request it is', () => {
  test('a client cannot name itself', () => {
    expect(forwardedFor(request('198.51.100.7', '203.0.113.1'), [])).toBe('198.51.100.7')
  })
  test('a trusted proxy is believed, but only for the entry it added', () => {
    expect(forwardedFor(request('::ffff:127.0.0.1', '203.0.113.9, 198.51.100.7'), ['127.0.0.1'])).toBe('198.51.100.7')
  })
  test('a trusted proxy that adds nothing stands for itself', () => {
    expect(forwardedFor(request('127.0.0.1'), ['127.0.0.1'])).toBe('127.0.0.1')
  })
})

describe('options', () => {
  test('flags win over the environment', () => {
    const read = readServerOptions({ port: '4000', data: '/d' }, { DRAWBRIDGE_PORT: '5000', DRAWBRIDGE_HOST: '::1' })
    expect(read).toEqual({ ok: true, value: { host: '::1', port: 4000, dataDir: '/d', trustedProxies: [] } })
  })
  test.each(['0', '65536', '80a', '-1', ''])('port %j is refused with a sentence', (port) => {
    expect(readServerOptions({ port, data: '/d' }, {})).toMatchObject({ ok: false })
  })
  test('a proxy that is no address is refused', () => {
    expect(readServerOptions({ data: '/d' }, { DRAWBRIDGE_TRUSTED_PROXIES: '127.0.0.1, proxy' })).toEqual({
      ok: false,
      error: 'DRAWBRIDGE_TRUSTED_PROXIES holds "proxy", which is not an IP address.',
    })
  })
})
