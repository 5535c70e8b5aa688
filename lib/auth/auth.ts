/**
 * The auth library's instance: passwords, sessions, second factors. An edge: it carries, it decides nothing about what
 * somebody may do (that is lib/access). It is never mounted on a route of its own; `/api/v1` wraps what is needed, so
 * that scripts and the pages have one documented surface with one kind of error.
 */
import { betterAuth } from 'better-auth'
import { prismaAdapter } from 'better-auth/adapters/prisma'
import { admin, twoFactor } from 'better-auth/plugins'
import { randomBytes } from 'node:crypto'
import { once } from '../kit/once.ts'
import { db } from '../store/db.ts'
import { newId } from '../store/id.ts'
import { openSecret, sealSecret } from '../store/secrets.ts'

const weekSeconds = 7 * 24 * 3600

function make(secret: string) {
  return betterAuth({
    secret,
    // Only used to name cookies and links; requests reach us through /api/v1, which checks the Origin itself.
    baseURL: 'http://drawbridge.invalid',
    database: prismaAdapter(db(), { provider: 'postgresql', transaction: true }),
    telemetry: { enabled: false },
    logger: { disabled: true },
    rateLimit: { enabled: false },
    emailAndPassword: { enabled: true, disableSignUp: true, minPasswordLength: 12, maxPasswordLength: 256 },
    // No cookie cache: it would let a session without its second factor pass, and outlive its revocation.
    session: { expiresIn: weekSeconds, updateAge: 3600, cookieCache: { enabled: false } },
    advanced: {
      cookiePrefix: 'drawbridge',
      useSecureCookies: false,
      defaultCookieAttributes: { sameSite: 'lax', httpOnly: true, path: '/' },
      ipAddress: { ipAddressHeaders: ['x-forwarded-for'] },
      database: { generateId: newId },
    },
    plugins: [admin({ defaultRole: 'viewer', adminRoles: ['admin'] }), twoFactor({ issuer: 'Drawbridge' })],
  })
}

export type Auth = ReturnType<typeof make>

/** Signs cookies: made at the first start, sealed like every other secret. */
async function cookieSecret(): Promise<string> {
  const place = { owner: 'Setting', row: 'auth', column: 'cookieSecret' }
  const held = await openSecret(place)
  if (held !== null) return held
  const made = randomBytes(32).toString('base64')
  await sealSecret(place, made)
  return made
}

const holder = (): { auth: Promise<Auth> | null } => once('auth', () => ({ auth: null }))

/** Made at the first use. Two processes on one new database could each make a secret: they read the kept one again. */
export const auth = (): Promise<Auth> =>
  (holder().auth ??= cookieSecret()
    .then(cookieSecret)
    .then(make)
    .catch((failure: unknown) => {
      holder().auth = null
      throw failure
    }))

/** After the store was closed, e.g. between tests. */
export function forgetAuth(): void {
  holder().auth = null
}
