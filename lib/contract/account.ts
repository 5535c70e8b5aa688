import * as z from 'zod'
import { roles } from '../access/can.ts'

export const roleSchema = z.enum(roles)
export const passwordSchema = z.string().min(12, 'At least 12 characters.').max(256, 'At most 256 characters.')

/** First admin, claimed with the one-time set-up token. */
export const setupRequestSchema = z.object({
  token: z.string().min(1, 'Paste the set-up token.').max(128),
  name: z.string().trim().min(1, 'Give your name.').max(100),
  email: z.email('Give an e-mail address.').max(254),
  password: passwordSchema,
})
export const setupStateSchema = z.object({ claimed: z.boolean() })

export const meSchema = z.object({
  id: z.string(),
  kind: z.enum(['user', 'token']),
  name: z.string(),
  email: z.string().nullable(),
  role: roleSchema,
  twoFactor: z.boolean(),
  /** Action → the reason why not, for every action that is refused to this actor (same words as the 403). */
  refusals: z.record(z.string(), z.string()),
})
export type Me = z.infer<typeof meSchema>

export const sessionSchema = z.object({
  id: z.string(),
  current: z.boolean(),
  address: z.string().nullable(),
  userAgent: z.string().nullable(),
  createdAt: z.string(),
  lastUsedAt: z.string(),
  expiresAt: z.string(),
})

export const apiTokenSchema = z.object({
  id: z.string(),
  name: z.string(),
  prefix: z.string(),
  role: roleSchema,
  createdAt: z.string(),
  expiresAt: z.string().nullable(),
  lastUsedAt: z.string().nullable(),
  revokedAt: z.string().nullable(),
})
export const newApiTokenSchema = z.object({
  name: z.string().trim().min(1, 'Give the token a name.').max(100),
  role: roleSchema,
  expiresAt: z.iso.datetime().nullable().default(null),
})

export const userSchema = z.object({
  id: z.string(),
  name: z.string(),
  email: z.string(),
  role: roleSchema,
  disabled: z.boolean(),
  twoFactor: z.boolean(),
  createdAt: z.string(),
})
export const newUserSchema = z.object({
  name: z.string().trim().min(1, 'Give a name.').max(100),
  email: z.email('Give an e-mail address.').max(254),
  role: roleSchema,
  password: passwordSchema,
})

export const auditEntrySchema = z.object({
  id: z.string(),
  at: z.string(),
  actorKind: z.enum(['user', 'token', 'system']),
  actorName: z.string(),
  action: z.string(),
  targetKind: z.string().nullable(),
  targetId: z.string().nullable(),
  targetName: z.string().nullable(),
  outcome: z.enum(['done', 'refused', 'failed']),
  detail: z.record(z.string(), z.unknown()),
  address: z.string().nullable(),
})

/** RFC 9457. */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number(),
  detail: z.string().optional(),
  instance: z.string().optional(),
  errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
})
