/**
 * Runs `work`, in which a library makes style elements, so that our Content-Security-Policy lets them in. xterm.js has
 * no way to be told the nonce, and makes all of its own while it opens.
 */
export function withNoncedStyles<T>(work: () => T): T {
  const nonce = document.querySelector<HTMLScriptElement>('script[nonce]')?.nonce
  if (nonce === undefined || nonce === '') return work()
  const make = document.createElement.bind(document)
  document.createElement = (name: string, options?: ElementCreationOptions) => {
    const made = make(name, options)
    if (made instanceof HTMLStyleElement) made.nonce = nonce
    return made
  }
  try {
    return work()
  } finally {
    // The prototype's own comes back.
    Reflect.deleteProperty(document, 'createElement')
  }
}
