import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { admin, cookiesOf, type Door, openDoor } from '../../e2e/harness/door.ts'
import { totp } from '../../e2e/harness/totp.ts'

let door: Door
let cookies: string
beforeAll(async () => {
  door = await openDoor()
})
afterAll(() => door.close())

const { email, password } = admin
/** Each in a place of its own, so that one test's wrong passwords do not slow the next one down. */
let place = 10
const elsewhere = (): string => `192.0.2.${++place}`
const signIn = (given: { email: string; password: string }, address = elsewhere()) =>
  door.call('POST', '/session', given, { address })

describe('set-up', () => {
  test('until somebody claims it nothing else answers', async () => {
    const asked = await door.call('GET', '/hosts')
    expect(asked.status).toBe(503)
    expect(asked.headers.get('content-type')).toBe('application/problem+json')
    expect(asked.body).toMatchObject({ code: 'not-set-up', type: 'urn:drawbridge:problem:not-set-up', status: 503 })
    expect((await door.call('GET', '/setup')).body).toEqual({ claimed: false })
  })

  test('a wrong token is refused; the right one makes the first admin and signs in', async () => {
    const wrong = await door.call('POST', '/setup', { token: 'x', ...admin })
    expect(wrong).toMatchObject({ status: 403, body: { code: 'wrong-setup-token' } })
    const token = await door.setupToken()
    const claimed = await door.call('POST', '/setup', { token, ...admin })
    expect(claimed.status).toBe(201)
    expect(claimed.body.me).toMatchObject({ kind: 'user', role: 'admin', email, refusals: {} })
    cookies = cookiesOf(claimed)
    expect((await door.call('GET', '/me', undefined, { cookies })).body.name).toBe('Ada')
    expect((await door.call('GET', '/setup')).body).toEqual({ claimed: true })
    const again = await door.call('POST', '/setup', { token, ...admin, email: 'eve@example.org' })
    expect(again).toMatchObject({ status: 409, body: { code: 'claimed' } })
    await expect(door.setupToken()).rejects.toThrow('ENOENT')
  })
})

describe('sign in', () => {
  test('a wrong password and an unknown address say the same', async () => {
    const wrong = await signIn({ email, password: 'not the password' })
    const unknown = await signIn({ email: 'nobody@example.org', password })
    expect(wrong.status).toBe(401)
    expect(wrong.body.title).toBe(unknown.body.title)
    expect(wrong.headers.get('set-cookie')).toBeNull()
  })

  test('the cookie is not for scripts of the page and not for other sites; over TLS it stays there', async () => {
    const answer = await signIn({ email: email.toUpperCase(), password })
    expect(answer.body.twoFactorRequired).toBe(false)
    const [cookie = ''] = answer.headers.getSetCookie()
    expect(cookie).toMatch(/^drawbridge\.session_token=/)
    expect(cookie).toMatch(/HttpOnly/i)
    expect(cookie).toMatch(/SameSite=Lax/i)
    expect(cookie).not.toMatch(/Secure/i)
    const tls = await door.call(
      'POST',
      '/session',
      { email, password },
      {
        address: elsewhere(),
        headers: { origin: 'https://drawbridge.test' },
      },
    )
    expect(tls.headers.getSetCookie()[0]).toMatch(/; Secure$/)
  })

  test('signing out ends the session for good', async () => {
    const mine = cookiesOf(await signIn({ email, password }))
    const out = await door.call('DELETE', '/session', undefined, { cookies: mine })
    expect(out.status).toBe(204)
    expect(cookiesOf(out, mine)).toBe('')
    expect((await door.call('GET', '/me', undefined, { cookies: mine })).status).toBe(401)
  })

  test('after ten wrong passwords from an address it has to wait, whatever it calls itself', async () => {
    const address = elsewhere()
    const wrong = { email, password: 'wrong wrong wrong' }
    const statuses: number[] = []
    for (let attempt = 0; attempt < 11; attempt++) {
      const sender = {
        address,
        headers: { forwarded: `for=203.0.113.${attempt}`, 'x-real-ip': `203.0.113.${attempt}` },
      }
      statuses.push((await door.call('POST', '/session', wrong, sender)).status)
    }
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 401), 429])
    const limited = await signIn({ email, password }, address)
    expect(limited.status).toBe(429)
    expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(200)
    expect((await signIn({ email, password })).status).toBe(200)
  })

  test('one IPv6 network is one sender', async () => {
    const wrong = { email, password: 'wrong wrong wrong' }
    for (let attempt = 0; attempt < 10; attempt++) await signIn(wrong, `2001:db8:0:1::${attempt}`)
    expect((await signIn(wrong, '2001:db8:0:1:ffff::1')).status).toBe(429)
    expect((await signIn(wrong, '2001:db8:0:2::1')).status).toBe(401)
  })

  test('a right password clears the slate', async () => {
    const address = elsewhere()
    for (let attempt = 0; attempt < 9; attempt++) await signIn({ email, password: 'wrong wrong wrong' }, address)
    expect((await signIn({ email, password }, address)).status).toBe(200)
    expect((await signIn({ email, password: 'wrong wrong wrong' }, address)).status).toBe(401)
  })
})

describe('who asks', () => {
  test('a cookie of another page’s making changes nothing', async () => {
    const foreign = { cookies, headers: { origin: 'https://evil.example' } }
    const refused = await door.call('POST', '/tokens', { name: 'x', role: 'admin' }, foreign)
    expect(refused).toMatchObject({ status: 403, body: { code: 'foreign-origin' } })
    const silent = { cookies, headers: { origin: 'null' } }
    expect((await door.call('POST', '/tokens', { name: 'x', role: 'admin' }, silent)).status).toBe(403)
    const login = { headers: { origin: 'https://evil.example' } }
    expect((await door.call('POST', '/session', { email, password }, login)).body.code).toBe('foreign-origin')
    expect((await door.call('GET', '/tokens', undefined, { cookies })).body.items).toEqual([])
  })

  test('a tampered cookie is nobody', async () => {
    const tampered = cookies.replace(/=(.)/, (_, first) => (first === 'X' ? '=Y' : '=X'))
    expect((await door.call('GET', '/me', undefined, { cookies: tampered })).status).toBe(401)
  })

  test('a bearer token needs no Origin, ends when it is revoked, and never reads a cookie beside it', async () => {
    const made = await door.call('POST', '/tokens', { name: 'robot', role: 'viewer' }, { cookies })
    expect(made.status).toBe(201)
    const { token, id, prefix } = made.body
    expect(token).toMatch(/^dbt_[A-Za-z0-9_-]{43}$/)
    expect(token.startsWith(prefix)).toBe(true)
    const asRobot = { token, headers: { origin: 'https://evil.example' } }
    expect((await door.call('GET', '/me', undefined, asRobot)).body).toMatchObject({
      kind: 'token',
      name: 'robot',
      role: 'viewer',
      email: null,
    })
    const wrong = await door.call('GET', '/me', undefined, { token: `${token}x`, cookies })
    expect(wrong.status).toBe(401)
    expect(wrong.headers.get('www-authenticate')).toMatch(/^Bearer/)
    expect((await door.call('GET', '/me/sessions', undefined, { token })).body.code).toBe('needs-person')
    const listed = await door.call('GET', '/tokens', undefined, { cookies })
    expect(listed.text).not.toContain(token)
    expect(listed.body.items[0]).toMatchObject({ id, prefix, revokedAt: null })
    expect(listed.body.items[0].lastUsedAt).not.toBeNull()
    expect((await door.call('DELETE', `/tokens/${id}`, undefined, { cookies })).status).toBe(204)
    expect((await door.call('GET', '/me', undefined, { token })).status).toBe(401)
  })

  test('a bearer token ends when its time is over', async () => {
    const soon = new Date(Date.now() + 700).toISOString()
    const { token } = (
      await door.call('POST', '/tokens', { name: 'short', role: 'admin', expiresAt: soon }, { cookies })
    ).body
    expect((await door.call('GET', '/me', undefined, { token })).status).toBe(200)
    await expect.poll(() => door.call('GET', '/me', undefined, { token })).toMatchObject({ status: 401 })
    const past = { name: 'late', role: 'admin', expiresAt: '2001-01-01T00:00:00Z' }
    expect((await door.call('POST', '/tokens', past, { cookies })).body.errors[0].field).toBe('expiresAt')
  })
})

describe('my account', () => {
  test('sessions are listed with where they are, and each can be ended', async () => {
    const address = elsewhere()
    const sender = { address, headers: { 'user-agent': 'Teletype/1' } }
    const other = cookiesOf(await door.call('POST', '/session', { email, password }, sender))
    const listed = (await door.call('GET', '/me/sessions', undefined, { cookies })).body.items
    const [theirs] = listed.filter((session: { current: boolean }) => !session.current)
    expect(theirs).toMatchObject({ address, userAgent: 'Teletype/1' })
    expect(listed.filter((session: { current: boolean }) => session.current)).toHaveLength(1)
    expect((await door.call('DELETE', `/me/sessions/${theirs.id}`, undefined, { cookies })).status).toBe(204)
    expect((await door.call('GET', '/me', undefined, { cookies: other })).status).toBe(401)
    expect((await door.call('DELETE', `/me/sessions/${theirs.id}`, undefined, { cookies })).status).toBe(404)
  })

  test('a new password needs the old one and ends the other sessions', async () => {
    const other = cookiesOf(await signIn({ email, password }))
    const wrong = { currentPassword: 'not this one', newPassword: 'another long password' }
    expect((await door.call('POST', '/me/password', wrong, { cookies })).body.errors[0].field).toBe('currentPassword')
    const changed = await door.call('POST', '/me/password', { ...wrong, currentPassword: password }, { cookies })
    expect(changed.status).toBe(204)
    cookies = cookiesOf(changed, cookies)
    expect((await door.call('GET', '/me', undefined, { cookies })).status).toBe(200)
    expect((await door.call('GET', '/me', undefined, { cookies: other })).status).toBe(401)
    expect((await signIn({ email, password })).status).toBe(401)
    const back = { currentPassword: wrong.newPassword, newPassword: password }
    cookies = cookiesOf(await door.call('POST', '/me/password', back, { cookies }), cookies)
  })
})

describe('second factor', () => {
  let secret: string
  let backupCodes: string[]

  test('it is on only after a code proved that the app has it', async () => {
    expect((await door.call('POST', '/me/totp', { password: 'wrong' }, { cookies })).status).toBe(422)
    const offer = await door.call('POST', '/me/totp', { password }, { cookies })
    expect(offer.status).toBe(201)
    expect(offer.body.uri).toMatch(/^otpauth:\/\/totp\/Drawbridge/)
    ;({ secret, backupCodes } = offer.body)
    expect((await signIn({ email, password })).body.twoFactorRequired).toBe(false)
    const wrong = await door.call('POST', '/me/totp/verify', { code: '000000' }, { cookies })
    expect(wrong).toMatchObject({ status: 422, body: { code: 'wrong-code' } })
    const verified = await door.call('POST', '/me/totp/verify', { code: totp(secret, Date.now()) }, { cookies })
    expect(verified).toMatchObject({ status: 200, body: { twoFactor: true } })
    cookies = cookiesOf(verified, cookies)
    expect((await door.call('GET', '/me', undefined, { cookies })).body.twoFactor).toBe(true)
  })

  test('the password alone opens nothing any more', async () => {
    const first = await signIn({ email, password })
    expect(first).toMatchObject({ status: 200, body: { twoFactorRequired: true, me: null } })
    const half = cookiesOf(first)
    expect((await door.call('GET', '/me', undefined, { cookies: half })).status).toBe(401)
    const sender = { cookies: half, address: elsewhere() }
    expect((await door.call('POST', '/session/totp', { code: '000000' }, sender)).body.code).toBe('wrong-code')
    const second = await door.call('POST', '/session/totp', { code: totp(secret, Date.now()) }, sender)
    expect(second).toMatchObject({ status: 200, body: { me: { email } } })
    expect((await door.call('GET', '/me', undefined, { cookies: cookiesOf(second, half) })).status).toBe(200)
    const none = await door.call('POST', '/session/totp', { code: '123456' }, { address: elsewhere() })
    expect(none).toMatchObject({ status: 401, body: { code: 'sign-in-again' } })
  })

  test('a backup code works once', async () => {
    const [code = ''] = backupCodes
    const sender = async () => ({ cookies: cookiesOf(await signIn({ email, password })), address: elsewhere() })
    expect((await door.call('POST', '/session/totp', { code }, await sender())).status).toBe(200)
    expect((await door.call('POST', '/session/totp', { code }, await sender())).body.code).toBe('wrong-code')
    const renewed = await door.call('POST', '/me/totp/backup-codes', { password }, { cookies })
    expect(renewed.body.backupCodes).toHaveLength(10)
    const [, old = ''] = backupCodes
    expect((await door.call('POST', '/session/totp', { code: old }, await sender())).status).toBe(401)
  })

  test('after ten wrong codes in a row the second factor rests, from whatever address', async () => {
    for (let wrong = 0, half = ''; wrong < 10; wrong++) {
      if (wrong % 4 === 0) half = cookiesOf(await signIn({ email, password }))
      await door.call('POST', '/session/totp', { code: '000000' }, { cookies: half, address: elsewhere() })
    }
    const half = cookiesOf(await signIn({ email, password }))
    const sender = { cookies: half, address: elsewhere() }
    const locked = await door.call('POST', '/session/totp', { code: totp(secret, Date.now()) }, sender)
    expect(locked).toMatchObject({ status: 429, body: { code: 'second-factor-locked' } })
  })

  test('it is switched off with the password', async () => {
    const off = await door.call('POST', '/me/totp/disable', { password }, { cookies })
    expect(off.status).toBe(204)
    cookies = cookiesOf(off, cookies)
    expect((await signIn({ email, password })).body.twoFactorRequired).toBe(false)
  })
})

describe('people', () => {
  const vera = { name: 'Vera', email: 'Vera@example.org', role: 'viewer', password: 'staple correct horse' }

  test('an admin adds, edits, disables and removes them; the last admin stays', async () => {
    const added = await door.call('POST', '/users', vera, { cookies })
    expect(added).toMatchObject({ status: 201, body: { email: 'vera@example.org', role: 'viewer', disabled: false } })
    const taken = await door.call('POST', '/users', { ...vera, email: 'VERA@example.org' }, { cookies })
    expect(taken).toMatchObject({ status: 409, body: { code: 'email-taken' } })
    const path = `/users/${added.body.id}`
    const theirs = cookiesOf(await signIn(vera))
    expect((await door.call('PATCH', path, { role: 'operator' }, { cookies })).body.role).toBe('operator')
    expect((await door.call('GET', '/me', undefined, { cookies: theirs })).body.role).toBe('operator')

    expect((await door.call('PATCH', path, { disabled: true }, { cookies })).body.disabled).toBe(true)
    expect((await door.call('GET', '/me', undefined, { cookies: theirs })).status).toBe(401)
    expect(await signIn(vera)).toMatchObject({ status: 403, body: { code: 'disabled' } })
    await door.call('PATCH', path, { disabled: false, password: 'a brand new password' }, { cookies })
    expect((await signIn(vera)).status).toBe(401)
    expect((await signIn({ ...vera, password: 'a brand new password' })).status).toBe(200)

    expect((await door.call('DELETE', path, undefined, { cookies })).status).toBe(204)
    expect((await door.call('DELETE', path, undefined, { cookies })).status).toBe(404)
    const me = (await door.call('GET', '/me', undefined, { cookies })).body
    for (const [method, body] of [
      ['DELETE', undefined],
      ['PATCH', { role: 'viewer' }],
      ['PATCH', { disabled: true }],
    ] as const)
      expect(await door.call(method, `/users/${me.id}`, body, { cookies })).toMatchObject({
        status: 409,
        body: { code: 'last-admin' },
      })
  })

  test('two admins who disable each other at the same moment leave one', async () => {
    const bob = (await door.call('POST', '/users', { ...vera, email: 'bob@example.org', role: 'admin' }, { cookies }))
      .body
    const me = (await door.call('GET', '/me', undefined, { cookies })).body
    const token = await door.tokenOf('admin', cookies)
    const both = await Promise.all(
      [bob.id, me.id].map((id) => door.call('PATCH', `/users/${id}`, { role: 'viewer' }, { token })),
    )
    expect(both.map(({ status }) => status).sort((a, b) => a - b)).toEqual([200, 409])
    const admins = (await door.call('GET', '/users', undefined, { token })).body.items
    expect(admins.filter(({ role }: { role: string }) => role === 'admin')).toHaveLength(1)
    await door.call('PATCH', `/users/${me.id}`, { role: 'admin' }, { token })
  })

  test('the tokens somebody made go with them, also those a token of theirs made', async () => {
    const eve = { ...vera, email: 'eve@example.org', role: 'admin' }
    const { id } = (await door.call('POST', '/users', eve, { cookies })).body
    const theirs = cookiesOf(await signIn(eve))
    const first = await door.tokenOf('admin', theirs)
    const second = (await door.call('POST', '/tokens', { name: 'child', role: 'admin' }, { token: first })).body.token
    expect((await door.call('GET', '/me', undefined, { token: second })).status).toBe(200)
    await door.call('PATCH', `/users/${id}`, { disabled: true }, { cookies })
    expect((await door.call('GET', '/me', undefined, { token: first })).status).toBe(401)
    expect((await door.call('GET', '/me', undefined, { token: second })).status).toBe(401)
  })
})
