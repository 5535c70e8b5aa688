import * as z from 'zod'
import { nameText } from '../facts/text.ts'
import { err, ok, type Result } from '../kit/result.ts'
import type { Session } from '../ssh/session.ts'

/** A link as it is at this moment, as far as a VM's NIC may depend on it. */
export interface BridgeLink {
  name: string
  /** The kernel's word (`bridge`, `vlan`, `bond`, `openvswitch`, …); empty for an adapter. */
  kind: string
  mac: string | null
  mtu: number
  up: boolean
  carrier: boolean | null
  master: string | null
  vlanFiltering: boolean
  defaultPvid: number | null
}

export interface PortVlan {
  vid: number
  pvid: boolean
  untagged: boolean
}

const linkSchema = z.object({
  ifname: z.string(),
  flags: z.array(z.string()).default([]),
  mtu: z.number().default(1500),
  master: z.string().optional(),
  link_type: z.string().default(''),
  address: z.string().optional(),
  linkinfo: z
    .object({
      info_kind: z.string().optional(),
      info_data: z
        .object({ vlan_filtering: z.number().optional(), vlan_default_pvid: z.number().optional() })
        .optional(),
    })
    .optional(),
})

const vlanSchema = z.object({
  ifname: z.string(),
  vlans: z
    .array(z.object({ vlan: z.number(), vlanEnd: z.number().optional(), flags: z.array(z.string()).default([]) }))
    .default([]),
})

const maxVid = 4094

/** Runs a command of the host that answers in JSON. Errors: a sentence. */
async function jsonOf<T extends z.ZodType>(
  session: Session,
  argv: string[],
  schema: T,
): Promise<Result<z.output<T>[]>> {
  const ran = await session.exec(argv)
  if (!ran.ok) return err(ran.error.title)
  try {
    const text = ran.value.stdout.toString('utf8').trim()
    return ok(z.array(schema).parse(text === '' ? [] : JSON.parse(text)))
  } catch {
    return err(`The host’s ${argv[0]} did not answer in a form that Drawbridge reads.`)
  }
}

export async function readBridgeLinks(session: Session): Promise<Result<BridgeLink[]>> {
  const read = await jsonOf(session, ['ip', '-j', '-d', 'link', 'show'], linkSchema)
  if (!read.ok) return read
  const links = read.value.filter(({ link_type }) => link_type !== 'loopback')
  return ok(
    links.map(({ ifname, flags, mtu, master, address, linkinfo }) => ({
      name: nameText(ifname, 32),
      kind: nameText(linkinfo?.info_kind ?? '', 32),
      mac: address === undefined ? null : nameText(address.toLowerCase(), 32),
      mtu,
      up: flags.includes('UP'),
      carrier: flags.includes('UP') ? flags.includes('LOWER_UP') : null,
      master: master === undefined ? null : nameText(master, 32),
      vlanFiltering: linkinfo?.info_data?.vlan_filtering === 1,
      defaultPvid: linkinfo?.info_data?.vlan_default_pvid ?? null,
    })),
  )
}

/** VLANs of the ports of all bridges, by port. */
export async function readPortVlans(session: Session): Promise<Result<Map<string, PortVlan[]>>> {
  const read = await jsonOf(session, ['bridge', '-j', 'vlan', 'show'], vlanSchema)
  if (!read.ok) return read
  return ok(
    new Map(
      read.value.map(({ ifname, vlans }) => [
        ifname,
        vlans.flatMap(({ vlan, vlanEnd = vlan, flags }) =>
          Array.from({ length: Math.max(0, Math.min(vlanEnd, maxVid) - vlan + 1) }, (_, index) => ({
            vid: vlan + index,
            pvid: flags.includes('PVID'),
            untagged: flags.includes('Egress Untagged'),
          })),
        ),
      ]),
    ),
  )
}

/** Brings a port's VLANs from what they are to what they shall be. Errors: a sentence. */
export async function setPortVlans(
  session: Session,
  port: string,
  now: readonly PortVlan[],
  wanted: readonly PortVlan[],
): Promise<Result<void>> {
  const is = (list: readonly PortVlan[], one: PortVlan) =>
    list.some(({ vid, pvid, untagged }) => vid === one.vid && pvid === one.pvid && untagged === one.untagged)
  // What is added first is never missing in between; the old native VLAN ends when the new one is set.
  const added = wanted.filter((vlan) => !is(now, vlan)).map((vlan) => ['add', vlan] as const)
  const removed = now
    .filter(({ vid }) => !wanted.some((vlan) => vlan.vid === vid))
    .map((vlan) => ['del', vlan] as const)
  for (const [verb, { vid, pvid, untagged }] of [...added, ...removed]) {
    const flags = verb === 'add' ? [...(pvid ? ['pvid'] : []), ...(untagged ? ['untagged'] : [])] : []
    const argv = ['bridge', 'vlan', verb, 'dev', port, 'vid', String(vid), ...flags]
    const ran = await session.exec(argv, { sudo: true })
    if (!ran.ok) return err(ran.error.title)
    if (ran.value.code !== 0)
      return err(
        `The host did not set VLAN ${vid} on ${port}: ${nameText(ran.value.stderr.toString('utf8').trim(), 200)}`,
      )
  }
  return ok(undefined)
}
