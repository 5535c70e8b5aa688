import { encrypt } from 'unixcrypt'

// What crypt(3) of a guest knows: SHA-256, SHA-512, yescrypt, bcrypt.
const isHash = /^\$(?:5|6|y|2[aby])\$[./A-Za-z0-9$=,]{20,200}$/

/** SHA-512 crypt with 5000 rounds, which every system knows; a hash that somebody made elsewhere stays as it is. */
export const hashOfPassword = (password: string | null): string | null =>
  password === null || password === '' ? null : isHash.test(password) ? password : encrypt(password)
