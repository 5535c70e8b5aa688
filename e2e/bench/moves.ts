import type { Flavour } from '../lab/host-spec.ts'
import type { LabHost } from '../lab/host.ts'
import { openLab } from '../lab/lab.ts'
import { run, waitUntil } from '../lab/process.ts'
import * as hand from '../network/hand.ts'
import { pingUntilStopped } from '../network/pings.ts'
import { median, type Ratio } from './measure.ts'

/**
 * Pings lost while a bridge is put over the NIC that carries SSH: by Drawbridge, and by each tool's own usual way with
 * the very same files. Turn by turn, so that what the machine does meanwhile meets both.
 */

const rounds = 3
const spacings = [1, 10] as const
const longestMs = 30_000
const overSsh: hand.Wish = {
  op: 'bridge.create',
  name: 'br0',
  ports: ['enp1s0'],
  addressing: { kind: 'move', from: 'enp1s0' },
}

/** What a person types once the new files lie where they belong; `before` still with the old ones. */
const usualWays: Record<Flavour, { name: string; before?: string; after: string }> = {
  networkd: { name: 'systemctl restart systemd-networkd', after: 'systemctl restart systemd-networkd' },
  netplan: { name: 'netplan apply', after: 'netplan apply' },
  networkmanager: {
    name: 'nmcli connection up',
    after:
      'nmcli connection reload; nmcli connection up br0; for c in $(nmcli -g UUID connection); do nmcli connection up $c; done',
  },
  ifupdown: { name: 'ifdown, ifup', before: 'ifdown enp1s0', after: 'ifup br0' },
  ifupdown2: { name: 'ifreload -a', after: 'ifreload -a' },
}

interface Lost {
  /** By spacing in ms: IPv4 and IPv6. */
  v4: number[]
  v6: number[]
}

export async function moves(): Promise<Ratio[]> {
  const ratios: Ratio[] = []
  for (const flavour of Object.keys(usualWays) as Flavour[]) {
    if ((process.env.DRAWBRIDGE_FLAVOUR ?? flavour) !== flavour) continue
    await using lab = await openLab()
    const host = await lab.addHost({ name: 'kvm1', flavour })
    const original = filesOf(await hand.picture(host))
    const ours: Lost[] = []
    const theirs: Lost[] = []
    for (let round = 0; round < rounds; round++) {
      ours.push(await losses(host, async () => void (await hand.change(host, [overSsh]))))
      const bridged = filesOf(await hand.picture(host))
      await restore(host, original, bridged)
      theirs.push(await losses(host, () => theUsualWay(host, flavour, bridged)))
      const master = (await host.sh('basename "$(readlink /sys/class/net/enp1s0/master || echo none)"')).trim()
      if (master !== 'br0')
        console.error(`  ${flavour}, ${usualWays[flavour].name}: the NIC is no port of br0 afterwards`)
      await restore(host, original, bridged)
    }
    spacings.forEach((spacing, index) => {
      for (const family of ['v4', 'v6'] as const) {
        const of = (all: Lost[]) => median(all.map((lost) => lost[family][index] ?? Number.NaN))
        console.error(
          `  ${flavour}, ${spacing} ms, IP${family}: ${of(ours)} lost, ${usualWays[flavour].name}: ${of(theirs)}`,
        )
        ratios.push({
          budget: '8',
          what: `${flavour}, lost of ${spacing} ms pings, IP${family}`,
          ours: String(of(ours)),
          peer: `${of(theirs)} (${usualWays[flavour].name})`,
          // Nothing lost by either is as good as each other.
          ratio: of(theirs) === 0 ? (of(ours) === 0 ? 0 : Number.POSITIVE_INFINITY) : of(ours) / of(theirs),
          atMost: 1,
        })
      }
    })
  }
  return ratios
}

const answers = async (address: string) => (await run(['ping', '-c1', '-W1', '-q', address])).code === 0
const bothAnswer = (host: LabHost) =>
  waitUntil('both families to answer', longestMs, async () =>
    (await answers(host.address)) && (await answers(host.record.address6)) ? true : null,
  )

async function losses(host: LabHost, move: () => Promise<void>): Promise<Lost> {
  // The check for duplicates at the boot is nobody's loss.
  await bothAnswer(host)
  const pings = spacings.map((spacing) => ({
    v4: pingUntilStopped(host.address, spacing),
    v6: pingUntilStopped(host.record.address6, spacing),
  }))
  await move()
  // What comes late, as IPv6 does after its check for duplicates, is part of the outage; what never comes is cut off.
  await bothAnswer(host).catch(() => null)
  const v4 = await Promise.all(pings.map((ping) => ping.v4.stop()))
  const v6 = await Promise.all(pings.map((ping) => ping.v6.stop()))
  return { v4: v4.map(({ lost }) => lost), v6: v6.map(({ lost }) => lost) }
}

type Files = Map<string, { content: string; mode: string }>

const filesOf = ({ files }: hand.Picture): Files =>
  new Map(
    Object.entries(files).map(([path, text]) => {
      const end = text.indexOf('\n')
      return [path, { content: text.slice(end + 1), mode: text.slice(0, text.indexOf(' ')) }]
    }),
  )

/** Past the product: the files, and nothing done with them. */
async function write(host: LabHost, files: Files, instead: Files): Promise<void> {
  for (const path of instead.keys()) if (!files.has(path)) await host.exec(['rm', '-f', path])
  for (const [path, { content, mode }] of files) {
    await host.exec(['sh', '-c', 'cat >"$1" && chmod "$2" "$1"', 'sh', path, mode], { stdin: content })
    await host.exec(['sh', '-c', 'case $1 in /etc/systemd/network/*) chgrp systemd-network "$1";; esac', 'sh', path])
  }
}

async function restore(host: LabHost, original: Files, instead: Files): Promise<void> {
  await write(host, original, instead)
  await host.reboot()
}

async function theUsualWay(host: LabHost, flavour: Flavour, bridged: Files): Promise<void> {
  const { before, after } = usualWays[flavour]
  if (before !== undefined) await host.exec(['sh', '-c', before])
  await write(host, bridged, new Map())
  await host.exec(['sh', '-c', after])
}
