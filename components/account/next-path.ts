const anywhere = 'http://drawbridge.invalid'

/** Where to go after signing in: a path of ours, else the start page. Never an address of somebody else. */
export function nextPath(asked: string | null | undefined): string {
  if (asked === null || asked === undefined || !asked.startsWith('/')) return '/'
  // Browsers read `/\example.org` and `/<tab>/example.org` as another host, and so does this parser.
  const url = URL.parse(asked, anywhere)
  if (url === null || url.origin !== anywhere || /^\/(login|setup)(\/|$)/.test(url.pathname)) return '/'
  return url.pathname.startsWith('//') ? '/' : url.pathname + url.search + url.hash
}
