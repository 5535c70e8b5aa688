import * as z from 'zod'
import type { ForwardingConfig } from '../net/forwarding.ts'

/** `/hosts/{host}/forwarding`: judged by lib/net/forwarding.ts, with sentences. */

const link = z.string().trim().max(64)
const optionalLink = link
  .nullable()
  .default(null)
  .transform((name) => (name === '' ? null : name))

export const forwardingConfigSchema = z.object({
  nat: z
    .array(z.object({ bridge: link, subnet: z.string().trim().max(64), uplink: optionalLink }))
    .max(64)
    .default([]),
  ports: z
    .array(
      z.object({
        protocol: z.enum(['tcp', 'udp']),
        port: z.number().int(),
        uplink: optionalLink,
        address: z.string().trim().max(64),
        toPort: z.number().int(),
      }),
    )
    .max(256)
    .default([]),
  isolated: z
    .array(z.object({ a: link, b: link }))
    .max(64)
    .default([]),
  passBridged: z.array(link).max(64).default([]),
  passFirewall: z.boolean().default(false),
}) satisfies z.ZodType<ForwardingConfig>

const family = z.enum(['ipv4', 'ipv6'])
const perFamily = z.object({ ipv4: z.boolean(), ipv6: z.boolean() })

export const forwardingSchema = z
  .object({
    config: forwardingConfigSchema,
    etag: z.string(),
    /** Null: there are no rules of ours. False: they were saved, and are not loaded now. */
    inEffect: z.boolean().nullable(),
    /** Of the kernel; null: it did not say. */
    forwarding: z.object({ ipv4: z.boolean().nullable(), ipv6: z.boolean().nullable() }),
    brNetfilter: perFamily,
    /** Others' chains that drop what is forwarded. */
    filters: z.array(z.object({ families: z.array(family), chain: z.string(), by: z.enum(['iptables', 'nftables']) })),
    /** Bridges with a port. */
    bridges: z.array(z.string()),
    docker: z.boolean(),
    ufw: z.boolean(),
    firewalld: z.boolean(),
    warnings: z.array(
      z.object({
        code: z.enum(['bridged-dropped', 'routed-dropped', 'firewalld', 'not-in-effect', 'forwarding-off']),
        family: family.nullable(),
        severity: z.enum(['note', 'warning']),
        text: z.string(),
        fixes: z.array(
          z.object({
            kind: z.enum(['pass', 'bypass', 'apply', 'commands']),
            text: z.string(),
            commands: z.array(z.string()),
          }),
        ),
      }),
    ),
    /** What is written to the host, and to where. */
    files: z.array(z.object({ path: z.string(), text: z.string() })),
  })
  .meta({ id: 'Forwarding' })
export type Forwarding = z.infer<typeof forwardingSchema>

export const setForwardingSchema = z.object({
  config: forwardingConfigSchema,
  /** Of the state it was made for: somebody else's change in between is a 409. Null: whatever is now. */
  etag: z.string().max(100).nullable().default(null),
})
export type SetForwarding = z.input<typeof setForwardingSchema>
