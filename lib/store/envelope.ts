import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'

const algorithm = 'aes-256-gcm'
const nonceBytes = 12
const tagBytes = 16

/** A 32-byte key with its public name, which stands beside everything it wrapped. */
export interface NamedKey {
  id: string
  key: Buffer
}

/** The name says nothing of the key: it is a hash of a hash with a word of its own. */
export const nameKey = (key: Buffer): NamedKey => ({
  id: createHash('sha256').update('drawbridge master key').update(key).digest('hex').slice(0, 16),
  key,
})

/** nonce ‖ ciphertext ‖ tag */
export function seal(key: Buffer, plain: Uint8Array, aad: string): Uint8Array<ArrayBuffer> {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv(algorithm, key, nonce).setAAD(Buffer.from(aad))
  return Uint8Array.from(Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]))
}

/** Null when the key, the bytes or the additional data are not those of the sealing. */
export function unseal(key: Buffer, sealed: Uint8Array, aad: string): Buffer | null {
  if (sealed.length < nonceBytes + tagBytes) return null
  const end = sealed.length - tagBytes
  const decipher = createDecipheriv(algorithm, key, sealed.subarray(0, nonceBytes), { authTagLength: tagBytes })
  decipher.setAAD(Buffer.from(aad)).setAuthTag(sealed.subarray(end))
  try {
    return Buffer.concat([decipher.update(sealed.subarray(nonceBytes, end)), decipher.final()])
  } catch {
    return null
  }
}
