import * as z from 'zod'
import { nameText } from '../facts/text.ts'
import { ok, type Result } from '../kit/result.ts'
import type { SshFailure } from '../ssh/failure.ts'
import type { Session } from '../ssh/session.ts'

/** A link as it is at this moment. `kind` is the kernel's word (`bridge`, `vlan`, …); empty for an adapter. */
export interface LinkNow {
  name: string
  kind: string
  up: boolean
  carrier: boolean
  mtu: number
  mac: string | null
  /** The bridge or bond it is a port of. */
  master: string | null
  addresses: { address: string; prefix: number }[]
}

const linksSchema = z.array(
  z.object({
    ifname: z.string(),
    flags: z.array(z.string()).default([]),
    mtu: z.number().default(0),
    address: z.string().optional(),
    master: z.string().optional(),
    linkinfo: z.object({ info_kind: z.string().optional() }).optional(),
    addr_info: z.array(z.object({ local: z.string().optional(), prefixlen: z.number().optional() })).default([]),
  }),
)

/** The links of a host now: facts are up to some seconds old. Null: the host's `ip` did not say it in a form we read. */
export async function readLinksNow(session: Session): Promise<Result<LinkNow[] | null, SshFailure>> {
  const ran = await session.exec(['ip', '-j', '-d', 'addr', 'show'])
  if (!ran.ok) return ran
  try {
    const links = linksSchema.parse(JSON.parse(ran.value.stdout.toString('utf8')))
    return ok(
      links.map(({ ifname, linkinfo, addr_info, flags, mtu, address, master }) => ({
        name: nameText(ifname, 32),
        kind: linkinfo?.info_kind ?? '',
        up: flags.includes('UP'),
        carrier: flags.includes('LOWER_UP'),
        mtu,
        mac: address === undefined ? null : nameText(address.toLowerCase(), 32),
        master: master === undefined ? null : nameText(master, 32),
        addresses: addr_info.flatMap(({ local, prefixlen }) =>
          local === undefined || prefixlen === undefined ? [] : [{ address: nameText(local, 64), prefix: prefixlen }],
        ),
      })),
    )
  } catch {
    return ok(null)
  }
}
