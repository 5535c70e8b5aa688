import { Hono } from 'hono'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { log } from '../log/log.ts'
import { type Door, openDoor } from '../../e2e/harness/door.ts'
import { onError } from './problems.ts'

let door: Door
let token: string
beforeAll(async () => {
  door = await openDoor()
  token = await door.tokenOf('admin', await door.claim())
})
afterAll(() => door.close())

test('a path that is not there, and one that is there for other methods', async () => {
  const missing = await door.call('GET', '/nothing', undefined, { token })
  expect(missing).toMatchObject({ status: 404, body: { type: 'urn:drawbridge:problem:no-path', status: 404 } })
  const other = await door.call('DELETE', '/hosts', undefined, { token })
  expect(other).toMatchObject({ status: 405, body: { code: 'method' } })
  expect(other.headers.get('allow')).toBe('GET, POST')
})

test('a problem names the request, as the header does, and may not be cached', async () => {
  const { body, headers } = await door.call('GET', '/hosts/nowhere', undefined, { token })
  expect(body).toMatchObject({ status: 404, code: 'no-host', title: 'There is no host with the id or name nowhere.' })
  expect(body.instance).toBe(`urn:drawbridge:request:${headers.get('x-request-id')}`)
  expect(headers.get('content-type')).toBe('application/problem+json')
  expect(headers.get('cache-control')).toBe('no-store')
  expect(headers.get('x-content-type-options')).toBe('nosniff')
  expect(headers.get('content-security-policy')).toContain("default-src 'none'")
})

test('input that does not fit says which field and why', async () => {
  const sent = { name: '', role: 'king' }
  const { status, body } = await door.call('POST', '/tokens', sent, { token })
  expect({ status, code: body.code }).toEqual({ status: 422, code: 'invalid' })
  expect(body.errors.map(({ field }: { field: string }) => field)).toEqual(['name', 'role'])
  const nested = { name: 'a', address: 'b', user: 'root', signIn: { kind: 'password', password: '' }, fingerprint: 'x' }
  const host = await door.call('POST', '/hosts', nested, { token })
  expect(host.body.errors.map(({ field }: { field: string }) => field)).toEqual(['signIn.password', 'fingerprint'])
  expect((await door.call('GET', '/audit?limit=9999', undefined, { token })).body.errors[0].field).toBe('limit')
})

test('a body that is no JSON, says it is something else, is missing or is too large', async () => {
  expect(await door.call('POST', '/tokens', '{"name":', { token })).toMatchObject({
    status: 400,
    body: { code: 'malformed' },
  })
  const form = { token, headers: { 'content-type': 'application/x-www-form-urlencoded' } }
  expect(await door.call('POST', '/tokens', 'name=x', form)).toMatchObject({
    status: 415,
    body: { code: 'media-type' },
  })
  expect((await door.call('POST', '/tokens', undefined, { token })).status).toBe(422)
  const large = { name: 'x'.repeat(300_000), role: 'viewer' }
  expect(await door.call('POST', '/tokens', large, { token })).toMatchObject({
    status: 413,
    body: { code: 'too-large' },
  })
})

test('a bug tells its cause to the log and not to whoever asked', async () => {
  const said = vi.spyOn(log(), 'error').mockImplementation(() => undefined)
  const app = new Hono()
  app.onError(onError)
  app.get('/', () => {
    throw new TypeError('password=hunter2 at /srv/drawbridge/lib/x.ts')
  })
  const answer = await app.fetch(new Request('http://x/'))
  expect(answer.status).toBe(500)
  const text = await answer.text()
  expect(text).not.toContain('hunter2')
  expect(JSON.parse(text)).toMatchObject({ code: 'internal', status: 500 })
  expect(said).toHaveBeenCalledOnce()
})
