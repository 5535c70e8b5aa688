/** What the auth library says when it refuses, by its shape: Next bundles its error class more than once. */
export interface AuthRefusal {
  /** e.g. `INVALID_EMAIL_OR_PASSWORD` */
  code: string
  statusCode: number
}

export function refusalOf(failure: unknown): AuthRefusal | null {
  if (!(failure instanceof Error) || failure.name !== 'APIError') return null
  const { statusCode, body } = failure as Error & { statusCode?: unknown; body?: { code?: unknown } }
  if (typeof statusCode !== 'number' || statusCode >= 500) return null
  return { statusCode, code: typeof body?.code === 'string' ? body.code : 'UNKNOWN' }
}

/** Runs one of its calls: the value with the cookies to set, or what it refused. A fault of its own is thrown. */
export async function ask<T>(
  call: Promise<{ headers: Headers; response: T }>,
): Promise<{ ok: true; value: T; cookies: string[] } | { ok: false; refusal: AuthRefusal; cookies: string[] }> {
  try {
    const { headers, response } = await call
    return { ok: true, value: response, cookies: headers.getSetCookie() }
  } catch (failure) {
    const refusal = refusalOf(failure)
    if (refusal === null) throw failure
    return { ok: false, refusal, cookies: [] }
  }
}
