/** The product's API as a script would use it: JSON in, JSON out, the status beside it. */
export interface Answer<T = unknown> {
  status: number
  body: T
  headers: Headers
}

export interface Api {
  call<T = unknown>(method: string, path: string, body?: unknown): Promise<Answer<T>>
}

export function apiAt(url: string, token: string | null): Api {
  return {
    async call<T>(method: string, path: string, body?: unknown): Promise<Answer<T>> {
      const answer = await fetch(`${url}/api/v1${path}`, {
        method,
        headers: {
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        body: body === undefined ? undefined : JSON.stringify(body),
        signal: AbortSignal.timeout(60_000),
      })
      const text = await answer.text()
      return { status: answer.status, headers: answer.headers, body: (text === '' ? null : JSON.parse(text)) as T }
    },
  }
}
