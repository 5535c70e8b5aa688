import { createHash } from 'node:crypto'
import type { HostKey } from './failure.ts'

/** Of a public key as it travels in SSH: a length, the algorithm's name, the rest. */
export function hostKeyOf(blob: Buffer): HostKey {
  const length = blob.length >= 4 ? blob.readUInt32BE(0) : 0
  const algorithm = length <= 64 ? blob.subarray(4, 4 + length).toString('latin1') : ''
  return {
    algorithm: /^[\w@.-]+$/.test(algorithm) ? algorithm : 'unknown',
    fingerprint: `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`,
  }
}
