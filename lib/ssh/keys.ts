import ssh2, { type ParsedKey } from 'ssh2'
import { err, ok, type Result } from '../kit/result.ts'
import { plainText } from '../kit/plain-text.ts'
import { sshFailure, type SshFailure } from './failure.ts'

/** A new Ed25519 key pair. The comment ends up in authorized_keys: one line of plain text. */
export function generateKey(comment: string): { privateKey: string; publicKey: string } {
  const text = plainText(comment, 100)
  const pair = ssh2.utils.generateKeyPairSync('ed25519', { comment: text })
  return { privateKey: pair.private, publicKey: pair.public.trim() }
}

/**
 * Whether this text is a private key that this passphrase opens (OpenSSH, PEM or PuTTY format). Its public half as a
 * line for authorized_keys.
 */
export function checkPrivateKey(pem: string, passphrase?: string | null): Result<{ publicKey: string }, SshFailure> {
  const parsed = parsePrivateKey(pem, passphrase)
  if (!parsed.ok) return parsed
  const key = parsed.value
  const comment = plainText(key.comment, 100)
  return ok({
    publicKey: `${key.type} ${key.getPublicSSH().toString('base64')}${comment === '' ? '' : ` ${comment}`}`,
  })
}

export function parsePrivateKey(pem: string, passphrase?: string | null): Result<ParsedKey, SshFailure> {
  const bad = (title: string, detail?: string) => err(sshFailure('bad-key', title, detail))
  // Pasting loses the last newline or brings carriage returns, and OpenSSH's own parser is as strict as ssh2's.
  const text = `${pem.replaceAll('\r\n', '\n').trim()}\n`
  const given = passphrase ?? ''
  const parsed = parse(text, given)
  if (parsed instanceof Error) {
    const said = parsed.message
    if (/no passphrase given/i.test(said)) return bad('This private key is locked. Give its passphrase.')
    if (/bad passphrase|integrity check failed|bad decrypt/i.test(said) || (given !== '' && /ENCRYPTED/.test(text)))
      return bad('This passphrase does not open the private key. Check it.')
    if (/unsupported/i.test(said) && text.includes('PRIVATE KEY'))
      return bad('Drawbridge can’t use this type of private key. Use an Ed25519, ECDSA or RSA key.', said)
    return bad(
      'This is not a private key Drawbridge can read. Paste the whole file, from -----BEGIN to END-----.',
      said,
    )
  }
  if (!parsed.isPrivateKey())
    return bad('This is a public key. Paste the private one: the file without .pub at its end.')
  return ok(parsed)
}

function parse(text: string, passphrase: string): ParsedKey | Error {
  try {
    const parsed = ssh2.utils.parseKey(text, passphrase === '' ? undefined : passphrase) as
      | ParsedKey
      | ParsedKey[]
      | Error
    return Array.isArray(parsed) ? (parsed[0] ?? new Error('no key in it')) : parsed
  } catch (failure) {
    return failure instanceof Error ? failure : new Error(String(failure))
  }
}
