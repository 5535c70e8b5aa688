import type { IncomingMessage } from 'node:http'

/**
 * Whose request this is, as one address. A client may write anything into `X-Forwarded-For`; it is believed only when
 * the socket's other end is a proxy we were told to trust, and then only its last entry, the one that proxy added.
 * Otherwise a script could be somebody new with each password it tries.
 */
export function forwardedFor(
  request: Pick<IncomingMessage, 'headers' | 'socket'>,
  trustedProxies: readonly string[],
): string {
  const peer = (request.socket.remoteAddress ?? '').replace(/^::ffff:/, '')
  if (!trustedProxies.includes(peer)) return peer
  const header = request.headers['x-forwarded-for']
  const last = (Array.isArray(header) ? header.join(',') : (header ?? '')).split(',').at(-1)?.trim()
  return last ? last : peer
}
