import * as z from 'zod'
import { bondModes, managedBackEnds, type LinkConfig } from '../net/model.ts'
import { listOf } from './page.ts'

/** `/hosts/{host}/network`, its plans and changes. Names, addresses and MACs are judged by lib/net/check.ts, with sentences. */

const nullableText = z.string().max(200).nullable()
const nullableNumber = z.number().nullable()
const name = z.string().min(1).max(64)
const cidrs = z.array(z.string().max(64)).max(64)
const vlanIds = z.array(z.number().int()).max(4096)

export const ipv4ConfigSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('none') }),
  z.object({
    kind: z.literal('dhcp'),
    clientId: nullableText.default(null),
    metric: z.number().int().min(0).max(4294967295).nullable().default(null),
    addresses: cidrs.default([]),
  }),
  z.object({
    kind: z.literal('static'),
    addresses: cidrs,
    gateway: nullableText.default(null),
    metric: z.number().int().min(0).max(4294967295).nullable().default(null),
  }),
])

export const ipv6ConfigSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('none') }),
  z.object({ kind: z.literal('auto'), addresses: cidrs.default([]) }),
  z.object({ kind: z.literal('dhcp'), addresses: cidrs.default([]) }),
  z.object({
    kind: z.literal('static'),
    addresses: cidrs,
    gateway: nullableText.default(null),
    metric: z.number().int().min(0).max(4294967295).nullable().default(null),
  }),
])

const route = z.object({
  destination: z.string().max(64),
  family: z.enum(['inet', 'inet6']),
  gateway: nullableText,
  metric: nullableNumber,
  table: nullableNumber,
  source: nullableText,
  onLink: z.boolean(),
})

const rule = z.object({
  family: z.enum(['inet', 'inet6']),
  priority: nullableNumber,
  from: nullableText,
  to: nullableText,
  table: z.number(),
})

const bridgeSettings = z.object({
  stp: z.boolean().nullable(),
  forwardDelaySeconds: nullableNumber,
  helloSeconds: nullableNumber,
  maxAgeSeconds: nullableNumber,
  priority: nullableNumber,
  ageingSeconds: nullableNumber,
  vlanFiltering: z.boolean().nullable(),
  defaultPvid: nullableNumber,
  multicastSnooping: z.boolean().nullable(),
})

const portVlans = z.object({ pvid: nullableNumber, untagged: vlanIds, tagged: vlanIds })

const bondSettings = z.object({
  mode: z.enum(bondModes),
  miimonMs: nullableNumber,
  upDelayMs: nullableNumber,
  downDelayMs: nullableNumber,
  lacpRate: z.enum(['slow', 'fast']).nullable(),
  hashPolicy: z.enum(['layer2', 'layer3+4', 'layer2+3', 'encap2+3', 'encap3+4']).nullable(),
  primary: nullableText,
  minLinks: nullableNumber,
})

const dns = z.object({ servers: z.array(z.string().max(64)).max(8), domains: z.array(z.string().max(253)).max(8) })

export const linkConfigSchema = z
  .object({
    name,
    kind: z.enum(['nic', 'bridge', 'vlan', 'bond']),
    mac: nullableText,
    mtu: nullableNumber,
    ipv4: ipv4ConfigSchema,
    ipv6: ipv6ConfigSchema,
    dns,
    routes: z.array(route),
    rules: z.array(rule),
    master: nullableText,
    port: portVlans.nullable(),
    bridge: bridgeSettings.nullable(),
    vlan: z.object({ parent: name, id: z.number() }).nullable(),
    bond: bondSettings.nullable(),
  })
  .meta({ id: 'LinkConfig' }) satisfies z.ZodType<LinkConfig>

/** Where a new link's addresses come from. `move`: everything the port has — addresses, gateway, DNS, routes, rules, DHCP identity. */
export const addressingSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('move'), from: name }),
  z.object({ kind: z.literal('none') }),
  z.object({
    kind: z.literal('set'),
    ipv4: ipv4ConfigSchema,
    ipv6: ipv6ConfigSchema,
    dns: dns.default({ servers: [], domains: [] }),
  }),
])
export type Addressing = z.infer<typeof addressingSchema>

/** One thing a person wants. Several in one plan are done as one change. What is left out stays as it is. */
export const operationSchema = z
  .discriminatedUnion('op', [
    z.object({
      op: z.literal('bridge.create'),
      name,
      ports: z.array(name).max(64),
      addressing: addressingSchema,
      bridge: bridgeSettings.partial().default({}),
      mtu: nullableNumber.default(null),
      /** Null: the MAC of the first port, pinned. */
      mac: nullableText.default(null),
    }),
    z.object({
      op: z.literal('vlan.create'),
      /** Null: `<parent>.<id>`. */
      name: name.nullable().default(null),
      parent: name,
      id: z.number(),
      addressing: addressingSchema,
      mtu: nullableNumber.default(null),
    }),
    z.object({
      op: z.literal('bond.create'),
      name,
      ports: z.array(name).max(16),
      bond: bondSettings.partial().required({ mode: true }),
      addressing: addressingSchema,
      mtu: nullableNumber.default(null),
    }),
    z.object({
      op: z.literal('link.edit'),
      link: name,
      set: z
        .object({
          mtu: nullableNumber,
          mac: nullableText,
          ipv4: ipv4ConfigSchema,
          ipv6: ipv6ConfigSchema,
          dns,
          routes: z.array(route).max(256),
          bridge: bridgeSettings.partial(),
          bond: bondSettings.partial(),
          vlanId: z.number(),
        })
        .partial(),
    }),
    z.object({
      op: z.literal('link.delete'),
      link: name,
      /** The port (of a bridge or bond) or parent (of a VLAN) that takes its addresses; null: they go. */
      addressesTo: name.nullable().default(null),
    }),
    z.object({
      op: z.literal('port.attach'),
      master: name,
      port: name,
      vlans: portVlans.nullable().default(null),
      /** Move the port's own addresses to the master. */
      moveAddresses: z.boolean().default(false),
    }),
    z.object({ op: z.literal('port.detach'), port: name }),
    z.object({ op: z.literal('port.vlans'), port: name, vlans: portVlans }),
    /** The MTU of everything between the adapter and the VMs that this link is a part of. */
    z.object({ op: z.literal('mtu.chain'), link: name, mtu: z.number() }),
    z.object({ op: z.literal('tap.reattach'), tap: name, bridge: name }),
    /** Writes what is into the files. */
    z.object({ op: z.literal('drift.adopt'), link: name }),
    /** Brings what the files say into effect. */
    z.object({ op: z.literal('drift.reconcile'), link: name }),
    /** Undoes a change that was kept, as a new change. Must be alone. */
    z.object({ op: z.literal('change.revert'), change: z.string().max(64) }),
  ])
  .meta({ id: 'NetworkOperation' })
export type Operation = z.infer<typeof operationSchema>

export const sentenceSchema = z
  .object({
    /** Names a template, for translation. */
    code: z.string(),
    values: z.record(z.string(), z.union([z.string(), z.number()])),
    text: z.string().describe('In English'),
  })
  .meta({ id: 'Sentence' })

export const driftSchema = z
  .object({
    link: z.string(),
    /** `runtime`: files and kernel disagree. `file`: the tool's generated files differ. `foreign`: only the kernel has it. */
    kind: z.enum(['runtime', 'missing', 'foreign']),
    /** What differs: `mtu`, `addresses`, `ports`, `stp`, … */
    field: z.string(),
    configured: z.string().nullable(),
    actual: z.string().nullable(),
    /** Can it be written into the files, and can the files be brought into effect? */
    canAdopt: z.boolean(),
    canReconcile: z.boolean(),
  })
  .meta({ id: 'NetworkDrift' })
export type Drift = z.infer<typeof driftSchema>

export const networkStateSchema = z
  .object({
    /** Hash of files and runtime; also the `ETag` header. */
    etag: z.string(),
    takenAt: z.string(),
    /** Null: nobody's files that Drawbridge changes; `readOnly` says why. */
    backEnd: z.enum(managedBackEnds).nullable(),
    readOnly: sentenceSchema.nullable(),
    /** Per link of the host: what files say and what is, in one shape. */
    links: z.array(
      z.object({
        name: z.string(),
        /** As the kernel has it; null: configured but not there. */
        actual: linkConfigSchema.nullable(),
        /** As files say; null: they say nothing of it. */
        configured: linkConfigSchema.nullable(),
        owner: z.string(),
        sources: z.array(z.string()),
        management: z.boolean(),
        /** Why it can't be changed here, or null. */
        readOnly: sentenceSchema.nullable(),
        /** VM names whose NICs hang on it (through a bridge). */
        vms: z.array(z.string()),
      }),
    ),
    drift: z.array(driftSchema),
    /** Taps that libvirt says belong to a bridge they are not in. */
    orphanedTaps: z.array(z.object({ tap: z.string(), bridge: z.string(), domain: z.string() })),
    managementPath: z
      .object({ localAddress: z.string(), remoteAddress: z.string(), links: z.array(z.string()) })
      .nullable(),
    /** The change that waits for a yes, if any. */
    pendingChange: z.string().nullable(),
  })
  .meta({ id: 'NetworkState' })
export type NetworkState = z.infer<typeof networkStateSchema>

export const planRequestSchema = z.object({
  operations: z.array(operationSchema).min(1).max(50),
  /** Of the state the operations were made for. Null: whatever is now. */
  etag: z.string().max(100).nullable().default(null),
})

export const fileDiffSchema = z.object({
  path: z.string(),
  /** Null: not there. Lines that hold secrets are masked. */
  before: z.string().nullable(),
  after: z.string().nullable(),
})

export const planSchema = z
  .object({
    /** Digest of all of the plan: the same plan has the same id. Goes into `POST /hosts/{host}/changes`. */
    id: z.string(),
    etag: z.string(),
    backEnd: z.enum(managedBackEnds).nullable(),
    operations: z.array(operationSchema),
    /** In order. */
    steps: z.array(sentenceSchema),
    files: z.array(fileDiffSchema),
    /** As a person would type them, in order. */
    commands: z.array(z.string()),
    risks: z.array(z.object({ severity: z.enum(['note', 'warning', 'danger']), sentence: sentenceSchema })),
    /** Any of these: the plan can't be applied. `field` is a path into the request, e.g. `operations.0.name`. */
    refusals: z.array(z.object({ field: z.string().nullable(), sentence: sentenceSchema })),
    /** Expected loss on the links that move, milliseconds. */
    outageMs: z.object({ least: z.number(), most: z.number() }),
    /** Touches the way Drawbridge's own connection takes. */
    severing: z.boolean(),
    windowSeconds: z.object({ least: z.number(), usual: z.number(), most: z.number() }),
    /** VMs on the links concerned. */
    vms: z.array(z.string()),
  })
  .meta({ id: 'NetworkPlan' })
export type Plan = z.infer<typeof planSchema>

export const startChangeSchema = z.object({
  operations: planRequestSchema.shape.operations,
  etag: z.string().max(100),
  /** The plan that was reviewed: another plan for the same operations is refused with 409. */
  plan: z.string().max(100),
  windowSeconds: z.number().int().min(60).max(3600).default(120),
  /** `checks`: kept by itself once two new connections succeeded. */
  keep: z.enum(['person', 'checks']).default('person'),
})
export type StartChange = z.input<typeof startChangeSchema>

/**
 * `applying`, `pending`, `kept`, `reverted` are the host's own word; `refused` never began; `silent`: the host can't be
 * reached and restores itself by `deadlineAt` unless it was kept.
 */
export const changeStates = [
  'queued',
  'applying',
  'pending',
  'kept',
  'reverting',
  'reverted',
  'failed',
  'silent',
] as const
export type ChangeState = (typeof changeStates)[number]

export const changeSchema = z
  .object({
    id: z.string(),
    hostId: z.string(),
    hostName: z.string(),
    state: z.enum(changeStates),
    /** What it does, in a few words for lists: the first step. */
    summary: sentenceSchema,
    operations: z.array(operationSchema),
    steps: z.array(sentenceSchema),
    files: z.array(fileDiffSchema),
    commands: z.array(z.string()),
    keep: z.enum(['person', 'checks']),
    /** How many new connections have passed all checks, of `needed`. */
    checks: z.object({ passed: z.number(), needed: z.number(), lastFailure: z.string().nullable() }),
    /** Wall clock of the dashboard at which the host restores itself; null once decided. */
    deadlineAt: z.string().nullable(),
    /** Why it was reverted or failed. */
    reason: z.string().nullable(),
    detail: z.string().nullable(),
    /** The change it undoes. */
    reverts: z.string().nullable(),
    /** It was kept, and its files are still as it left them: *Revert this change* is possible. */
    revertible: z.boolean(),
    jobId: z.string().nullable(),
    createdBy: z.string(),
    createdAt: z.string(),
    endedAt: z.string().nullable(),
  })
  .meta({ id: 'Change' })
export type Change = z.infer<typeof changeSchema>

export const changeListSchema = listOf(changeSchema)
export const extendChangeSchema = z.object({ seconds: z.number().int().min(30).max(3600).default(120) })
