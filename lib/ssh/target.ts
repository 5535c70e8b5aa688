export type HostCredential =
  | { kind: 'key'; privateKey: string; passphrase?: string }
  | { kind: 'password'; password: string }
  /** The agent of the process that runs Drawbridge (SSH_AUTH_SOCK). */
  | { kind: 'agent' }

/** Where and how to sign in. Holds secrets: never log it, never send it anywhere. */
export interface HostTarget {
  id: string
  /** Name, IPv4 or IPv6 address (a zone is allowed). */
  address: string
  port: number
  user: string
  credential: HostCredential
  /** Fingerprints a person confirmed, `SHA256:…` each. Any other host key is a hard stop. */
  pinned: string[]
  jump: HostTarget | null
}

/** Jump hosts first, the target last. */
export const hopsOf = (target: HostTarget): HostTarget[] =>
  target.jump === null ? [target] : [...hopsOf(target.jump), target]
