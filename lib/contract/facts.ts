import * as z from 'zod'
import type { HostFacts } from '../facts/facts.ts'

/** `GET /hosts/{host}/facts`: lib/facts/facts.ts, described for programs. Never used to parse: facts come from our own parser. */

const text = z.string().nullable()
const number = z.number().nullable()
const flag = z.boolean().nullable()

const backEnd = z.enum([
  'networkd',
  'netplan',
  'networkmanager',
  'ifupdown',
  'ifupdown2',
  'wicked',
  'libvirt',
  'docker',
  'ovs',
  'kernel',
  'unknown',
])

const linkKind = z.enum([
  'physical',
  'virtio',
  'veth',
  'bridge',
  'bond',
  'vlan',
  'tap',
  'macvtap',
  'macvlan',
  'vxlan',
  'dummy',
  'wireless',
  'ovs',
  'tunnel',
  'loopback',
  'other',
])

const link = z
  .object({
    index: z.number(),
    name: z.string(),
    kind: linkKind,
    backEnd,
    up: z.boolean(),
    carrier: flag,
    operState: z.string(),
    mac: text,
    permanentMac: text,
    mtu: z.number(),
    minMtu: number,
    maxMtu: number,
    txQueueLength: number,
    rxQueues: number,
    txQueues: number,
    driver: text,
    firmware: text,
    speedMbps: number,
    duplex: z.enum(['full', 'half']).nullable(),
    pciAddress: text,
    numaNode: number,
    offloads: z.array(z.string()),
    rings: z.object({ rx: z.number(), rxMax: z.number(), tx: z.number(), txMax: z.number() }).nullable(),
    channels: z.object({ combined: z.number(), combinedMax: z.number() }).nullable(),
    master: text,
    lower: text,
    addresses: z.array(
      z.object({
        family: z.enum(['inet', 'inet6']),
        address: z.string(),
        prefix: z.number(),
        scope: z.string(),
        dynamic: z.boolean(),
      }),
    ),
    bridge: z
      .object({
        ports: z.array(z.string()),
        stp: z.boolean(),
        forwardDelaySeconds: number,
        vlanFiltering: z.boolean(),
        defaultPvid: number,
        multicastSnooping: flag,
        ageingSeconds: number,
      })
      .nullable(),
    bridgePort: z
      .object({
        state: z.string(),
        isolated: z.boolean(),
        learning: z.boolean(),
        pvid: number,
        untagged: z.array(z.number()),
        tagged: z.array(z.number()),
      })
      .nullable(),
    bond: z.object({ mode: z.string(), activePort: text, ports: z.array(z.string()), miimonMs: number }).nullable(),
    vlan: z.object({ id: z.number(), protocol: z.string() }).nullable(),
    vm: z.object({ domain: z.string(), uuid: z.string(), mac: z.string(), queues: number, model: text }).nullable(),
  })
  .meta({ id: 'Link' })

const network = z.object({
  backEnd,
  links: z.array(link),
  routes: z.array(
    z.object({
      family: z.enum(['inet', 'inet6']),
      destination: z.string(),
      gateway: text,
      device: z.string(),
      metric: number,
      protocol: text,
      table: z.string(),
      source: text,
    }),
  ),
  managementPath: z
    .object({ localAddress: z.string(), remoteAddress: z.string(), links: z.array(z.string()) })
    .nullable(),
  brNetfilter: z.object({ loaded: z.boolean(), ipv4: flag, ipv6: flag, arp: flag }),
  forwarding: z.object({ ipv4: flag, ipv6: flag }),
  firewall: z.object({
    kind: z.enum(['nftables', 'iptables', 'firewalld', 'ufw', 'none', 'unknown']),
    forwardDropIpv4: flag,
    forwardDropIpv6: flag,
    docker: z.boolean(),
  }),
  dnsServers: z.array(z.string()),
})

const domain = z.object({
  uuid: z.string(),
  name: z.string(),
  state: z.enum(['running', 'idle', 'paused', 'shutting-down', 'shut-off', 'crashed', 'suspended', 'unknown']),
  vcpus: z.number(),
  memoryBytes: z.number(),
  type: z.string(),
  autostart: z.boolean(),
  nics: z.array(
    z.object({
      mac: z.string(),
      source: text,
      sourceKind: z.string(),
      model: text,
      tap: text,
      queues: number,
      mtu: number,
    }),
  ),
})

export const hostFactsSchema = z
  .object({
    takenAt: z.string(),
    bootId: z.string(),
    machineId: text,
    hostname: z.string(),
    os: z.object({
      id: z.string(),
      like: z.array(z.string()),
      name: z.string(),
      version: text,
      kernel: z.string(),
      architecture: z.string(),
      bootedAt: text,
      uptimeSeconds: number,
      packageManager: z.enum(['apt', 'dnf', 'zypper']).nullable(),
      initSystem: z.enum(['systemd', 'other']),
      virtualization: text,
    }),
    cpu: z.object({
      model: text,
      vendor: text,
      sockets: z.number(),
      coresPerSocket: z.number(),
      threadsPerCore: z.number(),
      threads: z.number(),
      flags: z.array(z.string()),
      numa: z.array(z.object({ id: z.number(), cpus: z.array(z.number()), memoryBytes: number })),
      maxMhz: number,
    }),
    memory: z.object({
      totalBytes: z.number(),
      availableBytes: number,
      swapTotalBytes: z.number(),
      hugepages: z.array(z.object({ sizeBytes: z.number(), total: z.number(), free: z.number() })),
    }),
    kvm: z.object({
      state: z.enum(['usable', 'unusable', 'unproven']),
      reason: z.string(),
      hasCpuFlag: z.boolean(),
      hasDevice: z.boolean(),
      nested: flag,
      hasVhostNet: z.boolean(),
    }),
    libvirt: z.object({
      state: z.enum(['running', 'stopped', 'absent']),
      libvirtVersion: text,
      qemuVersion: text,
      networks: z.array(
        z.object({ name: z.string(), active: z.boolean(), autostart: z.boolean(), bridge: text, mode: text }),
      ),
    }),
    network,
    storagePools: z.array(
      z.object({
        name: z.string(),
        type: z.string(),
        active: z.boolean(),
        autostart: z.boolean(),
        capacityBytes: number,
        availableBytes: number,
        path: text,
      }),
    ),
    domains: z.array(domain),
    gaps: z.array(z.string()),
  })
  .meta({ id: 'HostFacts' }) satisfies z.ZodType<HostFacts>
