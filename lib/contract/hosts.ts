import * as z from 'zod'

/** The shapes of `/api/v1` for hosts. The API validates with them, the forms use the same ones. */

export const addressSchema = z
  .string()
  .trim()
  .min(1, 'Give the host’s name or IP address.')
  .max(253)
  .regex(/^[A-Za-z0-9]([A-Za-z0-9.:%_-]*[A-Za-z0-9])?$|^[0-9A-Fa-f:]+$/, 'Use a host name, an IPv4 or an IPv6 address.')
export const portSchema = z.number().int().min(1, 'Ports are 1–65535.').max(65535, 'Ports are 1–65535.')
export const userNameSchema = z
  .string()
  .trim()
  .regex(/^[a-z_][a-z0-9_.-]{0,31}\$?$/i, 'A Linux user name: letters, digits, . _ -, at most 32.')
export const hostNameSchema = z
  .string()
  .trim()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/,
    'Use letters, digits, . _ - and start with a letter or digit (at most 63).',
  )
export const tagSchema = z
  .string()
  .trim()
  .regex(/^[a-z0-9][a-z0-9._:/-]{0,62}$/i, 'Tags use letters, digits and . _ : / -')

/** Who answers at an address, before anything is trusted. */
export const probeRequestSchema = z.object({
  address: addressSchema,
  port: portSchema.default(22),
  jumpHostId: z.string().nullable().default(null),
})

export const hostKeySchema = z
  .object({
    algorithm: z.string(),
    /** As `ssh-keygen -lf` prints it. */
    fingerprint: z.string().regex(/^SHA256:[A-Za-z0-9+/]{43}$/),
  })
  .meta({ id: 'HostKey' })
export type HostKeyInfo = z.infer<typeof hostKeySchema>

export const probeResponseSchema = z
  .object({
    address: z.string(),
    port: z.number(),
    reachable: z.boolean(),
    /** Why not, as a code (`refused`, `timeout`, `unresolved`, `unreachable`, `not-ssh`, `no-common-algorithm`, …) and a sentence. */
    failure: z.object({ code: z.string(), title: z.string(), detail: z.string().nullable() }).nullable(),
    banner: z.string().nullable(),
    keys: z.array(hostKeySchema),
  })
  .meta({ id: 'Probe' })
export type Probe = z.infer<typeof probeResponseSchema>

/** How to sign in. Secrets travel in, never out. */
export const signInSchema = z.discriminatedUnion('kind', [
  /** Drawbridge makes an Ed25519 key (`POST /hosts/keys`), the person installs its public half, then names it here. */
  z.object({ kind: z.literal('generated-key'), keyId: z.string() }),
  /** Used once to install a generated key, then forgotten. */
  z.object({ kind: z.literal('password'), password: z.string().min(1, 'Give the password.').max(1024) }),
  z.object({
    kind: z.literal('stored-key'),
    privateKey: z.string().min(1, 'Paste the private key.').max(65536),
    passphrase: z.string().max(1024).nullable().default(null),
  }),
  /** The SSH agent of the process that runs Drawbridge (SSH_AUTH_SOCK). */
  z.object({ kind: z.literal('agent') }),
])
export type SignIn = z.infer<typeof signInSchema>

/** It is kept for a day; the host that is added with it keeps it for good. */
export const generatedKeySchema = z
  .object({
    keyId: z.string(),
    publicKey: z.string(),
    /** One line to run on the host as the user Drawbridge shall sign in as. */
    installCommand: z.string(),
  })
  .meta({ id: 'GeneratedKey' })
export type GeneratedKey = z.infer<typeof generatedKeySchema>

export const addHostSchema = z.object({
  name: hostNameSchema,
  address: addressSchema,
  port: portSchema.default(22),
  user: userNameSchema,
  signIn: signInSchema,
  /** The fingerprint the person said yes to. */
  fingerprint: hostKeySchema.shape.fingerprint,
  jumpHostId: z.string().nullable().default(null),
  tags: z.array(tagSchema).max(32).default([]),
  notes: z.string().max(4000).default(''),
})
/** As the form holds it; `NewHost` is what it parses to. */
export type AddHost = z.input<typeof addHostSchema>
export type NewHost = z.output<typeof addHostSchema>

export const editHostSchema = z
  .object({
    name: hostNameSchema,
    address: addressSchema,
    port: portSchema,
    user: userNameSchema,
    jumpHostId: z.string().nullable(),
    tags: z.array(tagSchema).max(32),
    notes: z.string().max(4000),
    /** Trust this changed host key from now on (needs the role admin). */
    fingerprint: hostKeySchema.shape.fingerprint,
  })
  .partial()
export type EditHost = z.infer<typeof editHostSchema>

export const hostStateSchema = z.enum(['up', 'connecting', 'unreachable', 'key-changed', 'refused'])

export const hostSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    address: z.string(),
    port: z.number(),
    user: z.string(),
    signIn: z.enum(['generated-key', 'stored-key', 'agent']),
    publicKey: z.string().nullable(),
    jumpHostId: z.string().nullable(),
    tags: z.array(z.string()),
    notes: z.string(),
    teamId: z.string(),
    keys: z.array(hostKeySchema.extend({ pinnedAt: z.string(), pinnedBy: z.string() })),
    state: hostStateSchema,
    /** ISO 8601: since when it is in that state. */
    since: z.string(),
    /** Why it is not up, a sentence; null while up. */
    reason: z.string().nullable(),
    /** With state key-changed: what was pinned and what was offered. */
    offeredKey: hostKeySchema.nullable(),
    lastSeenAt: z.string().nullable(),
    createdAt: z.string(),
    /** A few facts for lists; null until read once. */
    summary: z
      .object({
        takenAt: z.string(),
        osName: z.string(),
        kernel: z.string(),
        backEnd: z.string(),
        threads: z.number(),
        memoryBytes: z.number(),
        kvm: z.enum(['usable', 'unusable', 'unproven']),
        vmsRunning: z.number(),
        vmsTotal: z.number(),
        bridges: z.number(),
      })
      .nullable(),
  })
  .meta({ id: 'Host' })
export type Host = z.infer<typeof hostSchema>

/** `GET /hosts/{host}/links`: the same figures as the live stream, once. */
export const linkRatesSchema = z
  .object({
    host: z.string(),
    at: z.string().nullable(),
    /** Age of the sample when answered, milliseconds; null when there is none. */
    ageMs: z.number().nullable(),
    links: z.array(
      z.object({
        name: z.string(),
        kind: z.string(),
        up: z.boolean(),
        carrier: z.boolean().nullable(),
        master: z.string().nullable(),
        mtu: z.number(),
        speedMbps: z.number().nullable(),
        vm: z.string().nullable(),
        management: z.boolean(),
        rxPps: z.number().nullable(),
        txPps: z.number().nullable(),
        rxBps: z.number().nullable(),
        txBps: z.number().nullable(),
        rxDrops: z.number().nullable(),
        txDrops: z.number().nullable(),
        rxErrors: z.number().nullable(),
        txErrors: z.number().nullable(),
        /** Counters since the link exists, guest's view for taps. */
        counters: z
          .object({
            rxPackets: z.number(),
            txPackets: z.number(),
            rxBytes: z.number(),
            txBytes: z.number(),
            rxDrops: z.number(),
            txDrops: z.number(),
            rxErrors: z.number(),
            txErrors: z.number(),
          })
          .nullable(),
      }),
    ),
  })
  .meta({ id: 'LinkRates' })
export type LinkRates = z.infer<typeof linkRatesSchema>

const column = z.array(z.number().nullable())
/** `GET /hosts/{host}/history`: what the memory still holds, oldest first, columns of one length. A gap is null. */
export const linkHistorySchema = z
  .object({
    host: z.string(),
    link: z.string(),
    /** Dashboard's clock, ms since 1970. */
    at: z.array(z.number()),
    rxPps: column,
    txPps: column,
    rxBps: column,
    txBps: column,
    rxDrops: column,
    txDrops: column,
    rxErrors: column,
    txErrors: column,
  })
  .meta({ id: 'LinkHistory' })
export type LinkHistory = z.infer<typeof linkHistorySchema>
/** The memory holds 15 minutes. */
export const historyLimitSeconds = 900

/** One line of the preparation check list. */
export const checkSchema = z
  .object({
    id: z.string(),
    /** ok | missing | warning | unknown | not-needed */
    state: z.enum(['ok', 'missing', 'warning', 'unknown', 'not-needed']),
    title: z.string(),
    /** What was seen on this host. */
    evidence: z.string(),
    why: z.string(),
    /** Commands of the fix, to be shown before they run; null when there is nothing Drawbridge can do. */
    fix: z.object({ sentence: z.string(), commands: z.array(z.string()) }).nullable(),
  })
  .meta({ id: 'Check' })
export type Check = z.infer<typeof checkSchema>
/** Ids of the checks to put in order, as `GET /hosts/{host}/checks` names them. */
export const prepareRequestSchema = z.object({ checks: z.array(z.string().max(64)).min(1).max(32) })
