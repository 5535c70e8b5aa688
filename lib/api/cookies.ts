import type { Context } from 'hono'

/** Adds the auth library's cookies to the answer; over TLS they may never leave it. */
export function setCookies(c: Context, cookies: readonly string[]): void {
  const isTls = c.req.header('origin')?.startsWith('https://') === true
  for (const cookie of cookies) c.header('set-cookie', isTls ? `${cookie}; Secure` : cookie, { append: true })
}
