import * as z from 'zod'
import { roles } from '../access/can.ts'

export const roleSchema = z.enum(roles)
export const passwordSchema = z.string().min(12, 'At least 12 characters.').max(256, 'At most 256 characters.')
export const personNameSchema = z.string().trim().min(1, 'Give a name.').max(100)
export const emailSchema = z.email('Give an e-mail address.').max(254)

/** First admin, claimed with the one-time set-up token. */
export const setupRequestSchema = z.object({
  token: z.string().trim().min(1, 'Paste the set-up token.').max(128),
  name: personNameSchema,
  email: emailSchema,
  password: passwordSchema,
})
export type SetupRequest = z.infer<typeof setupRequestSchema>
export const setupStateSchema = z.object({ claimed: z.boolean() }).meta({ id: 'SetupState' })

export const meSchema = z
  .object({
    id: z.string(),
    kind: z.enum(['user', 'token']),
    name: z.string(),
    /** Null for a token. */
    email: z.string().nullable(),
    role: roleSchema,
    twoFactor: z.boolean(),
    /** Action → the reason why not, for every action that is refused to this actor (same words as the 403). */
    refusals: z.record(z.string(), z.string()),
  })
  .meta({ id: 'Me' })
export type Me = z.infer<typeof meSchema>

/** `POST /session`: the cookie comes with the answer. */
export const signInRequestSchema = z.object({
  email: z.string().trim().min(1, 'Give your e-mail address.').max(254),
  password: z.string().min(1, 'Give your password.').max(256),
})
export type SignInRequest = z.infer<typeof signInRequestSchema>
export const signInResponseSchema = z
  .object({
    /** True: a code is still missing; send it to `POST /session/totp` within ten minutes. Then `me` is null. */
    twoFactorRequired: z.boolean(),
    me: meSchema.nullable(),
  })
  .meta({ id: 'SignedIn' })

/** Six digits of the authenticator app, or one of the backup codes. */
export const codeSchema = z.string().trim().min(6, 'Give the 6-digit code, or a backup code.').max(32)
export const signInCodeSchema = z.object({ code: codeSchema })
export const totpConfirmSchema = z.object({
  code: z
    .string()
    .trim()
    .regex(/^\d{6}$/, 'Give the 6 digits your app shows.'),
})
export const passwordConfirmSchema = z.object({ password: z.string().min(1, 'Give your password.').max(256) })
/** What the authenticator app needs, shown once. Nothing is switched on until a code was verified. */
export const totpOfferSchema = z
  .object({ uri: z.string(), secret: z.string(), backupCodes: z.array(z.string()) })
  .meta({ id: 'TotpOffer' })
export const backupCodesSchema = z.object({ backupCodes: z.array(z.string()) }).meta({ id: 'BackupCodes' })

export const changePasswordSchema = z.object({
  currentPassword: z.string().min(1, 'Give your current password.').max(256),
  newPassword: passwordSchema,
})

export const sessionSchema = z
  .object({
    id: z.string(),
    current: z.boolean(),
    address: z.string().nullable(),
    userAgent: z.string().nullable(),
    createdAt: z.string(),
    lastUsedAt: z.string(),
    expiresAt: z.string(),
  })
  .meta({ id: 'Session' })
export type Session = z.infer<typeof sessionSchema>

export const apiTokenSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    /** First characters, to tell tokens apart. */
    prefix: z.string(),
    role: roleSchema,
    createdAt: z.string(),
    expiresAt: z.string().nullable(),
    lastUsedAt: z.string().nullable(),
    revokedAt: z.string().nullable(),
  })
  .meta({ id: 'ApiToken' })
export type ApiToken = z.infer<typeof apiTokenSchema>
export const newApiTokenSchema = z.object({
  name: z.string().trim().min(1, 'Give the token a name.').max(100),
  role: roleSchema,
  expiresAt: z.iso.datetime({ offset: true }).nullable().default(null),
})
/** The token itself is in this answer and nowhere else, ever. */
export const madeApiTokenSchema = apiTokenSchema.extend({ token: z.string() }).meta({ id: 'MadeApiToken' })
export type MadeApiToken = z.infer<typeof madeApiTokenSchema>

export const userSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    email: z.string(),
    role: roleSchema,
    disabled: z.boolean(),
    twoFactor: z.boolean(),
    createdAt: z.string(),
  })
  .meta({ id: 'User' })
export type User = z.infer<typeof userSchema>
export const newUserSchema = z.object({
  name: personNameSchema,
  email: emailSchema,
  role: roleSchema,
  password: passwordSchema,
})
/** A new password ends all sessions of that person; so does disabling them, which also revokes the tokens they made. */
export const editUserSchema = z
  .object({
    name: personNameSchema,
    role: roleSchema,
    disabled: z.boolean(),
    password: passwordSchema,
    /** Switches it off for somebody who lost their app and backup codes. */
    twoFactor: z.literal(false),
  })
  .partial()
export type EditUser = z.infer<typeof editUserSchema>
