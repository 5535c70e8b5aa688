import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { labSession } from '../../e2e/harness/lab-session.ts'
import type { LabGuest } from '../../e2e/lab/guest.ts'
import type { LabHost } from '../../e2e/lab/host.ts'
import { openLab, type Lab } from '../../e2e/lab/lab.ts'
import { waitUntil } from '../../e2e/lab/process.ts'
import type { Session } from '../ssh/session.ts'
import { readFacts } from './facts.ts'
import { watchChanges, type WatchOptions } from './watch.ts'

let lab: Lab
let host: LabHost
let guest: LabGuest

beforeAll(async () => {
  lab = await openLab({ say: console.error })
  host = await lab.addHost({ name: 'watched', bridge: true })
  guest = await host.addGuest()
})
afterAll(() => lab?.close())

/** What is told of changes, and how often; `next` waits for a reason that fits. */
class Told {
  readonly reasons: string[] = []
  #wake: () => void = () => {}
  readonly tell = (why: string) => {
    this.reasons.push(why)
    this.#wake()
  }
  async next(pattern: RegExp, from = 0): Promise<string> {
    for (;;) {
      const found = this.reasons.slice(from).find((why) => pattern.test(why))
      if (found !== undefined) return found
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }
}

let told: Told
beforeEach(() => {
  told = new Told()
})

async function watch(session: Session, options: WatchOptions = {}) {
  const watching = await watchChanges(session, told.tell, options)
  if (!watching.ok) throw new Error(watching.error.title)
  // Whether libvirt's events are registered yet can't be seen from outside; one that comes shows it. Defining a network
  // again moves no link, whose events could hide it behind "and 3 more".
  await waitUntil('libvirt’s events to be told', 60_000, async () => {
    await host.sh('virsh -q net-dumpxml default | virsh -q net-define /dev/stdin')
    return told.reasons.some((why) => why.includes('libvirt event: network')) ? true : null
  })
  return { [Symbol.dispose]: watching.value.stop }
}

const linksOf = async (session: Session) => {
  const facts = await readFacts(session, () => new Date())
  if (!facts.ok) throw new Error(facts.error.title)
  return facts.value.network.links.map(({ name }) => name)
}

describe.each(['root', 'kvmadmin'])('as %s', (user) => {
  test('a link that is added is told within a second, and in the facts by then', async () => {
    await using session = await labSession(host, user)
    using _watching = await watch(session.value)
    const seen = told.reasons.length
    const before = performance.now()
    await host.sh('ip link add br77 type bridge')
    try {
      expect(await told.next(/link br77/, seen)).toContain('br77')
      // At most 2 s after what was told before.
      expect(performance.now() - before).toBeLessThan(2500)
      expect(await linksOf(session.value)).toContain('br77')
    } finally {
      const from = told.reasons.length
      await host.sh('ip link del br77')
      await told.next(/link br77/, from)
    }
    expect(await linksOf(session.value)).not.toContain('br77')
  })

  test('a VM that stops and starts is told by name', async () => {
    await using session = await labSession(host, user)
    using _watching = await watch(session.value)
    await host.sh(`virsh -q destroy ${guest.name}`)
    try {
      await told.next(new RegExp(`VM ${guest.name} stopped|and \\d more`))
      const facts = await readFacts(session.value, () => new Date())
      expect(facts.ok && facts.value.domains).toEqual([
        expect.objectContaining({ name: guest.name, state: 'shut-off' }),
      ])
    } finally {
      const from = told.reasons.length
      await host.sh(`virsh -q start ${guest.name}`)
      await told.next(new RegExp(`VM ${guest.name} started|link vnet|and \\d more`), from)
    }
  })
})

test('a restart of libvirt is survived: its events come again', async () => {
  await using session = await labSession(host)
  using _watching = await watch(session.value)
  await host.sh('systemctl restart libvirtd')
  await told.next(/libvirt went away/)
  await told.next(/libvirt is back/)
  const from = told.reasons.length
  await host.sh('virsh -q net-start default && virsh -q net-destroy default')
  expect(await told.next(/libvirt event: network|virbr0/, from)).not.toBe('')
})

test('what libvirt has no event for is found by looking again', async () => {
  await using session = await labSession(host)
  using _watching = await watch(session.value, { readAgainMs: 500 })
  // Whether the first reading came before it or after, one of these is seen.
  for (const more of [[], ['--disable']]) {
    const from = told.reasons.length
    await host.sh(`virsh -q autostart ${guest.name} ${more.join(' ')}`)
    expect(await told.next(/a definition in libvirt/, from)).toMatch(/definition/)
  }
})

test('ip killed on the host is started again', async () => {
  await using session = await labSession(host)
  using _watching = await watch(session.value)
  await host.sh('pkill -f "^ip -o monitor"')
  await told.next(/not watched for a moment/)
  const from = told.reasons.length
  await host.sh('ip link add br78 type bridge && ip link del br78')
  expect(await told.next(/link br78/, from)).toContain('br78')
})

test('nothing stays on the host when it is stopped, or the connection goes', async () => {
  const watchers = () => host.sh('pgrep -fc "^ip -o monitor" || true')
  const gone = () =>
    waitUntil('the watcher to end', 10_000, async () => ((await watchers()).trim() === '0' ? true : null))
  {
    await using session = await labSession(host)
    using _watching = await watch(session.value)
    expect((await watchers()).trim()).toBe('1')
  }
  await gone()
  {
    await using session = await labSession(host)
    await watch(session.value)
  }
  await gone()
})

test('a host without libvirt is watched all the same', async () => {
  const bare = await lab.addHost({ name: 'bare' })
  await bare.sh(
    'systemctl stop libvirtd.service libvirtd.socket libvirtd-ro.socket libvirtd-admin.socket && mv /usr/bin/virt-ssh-helper /usr/bin/away',
  )
  await using session = await labSession(bare)
  const watching = await watchChanges(session.value, told.tell)
  await bare.sh('ip link add br79 type bridge')
  expect(await told.next(/link br79/)).toContain('br79')
  if (watching.ok) watching.value.stop()
})
