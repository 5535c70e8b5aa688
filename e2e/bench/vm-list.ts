/** Budget 7: a host's 500 VMs, read from libvirt and answered by the API. */
import { readFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { readDomains } from '../../lib/host/libvirt/domains.ts'
import { refreshBoardBy } from '../../lib/services/vms/board.ts'
import { sshPool } from '../../lib/ssh/pool.ts'
import { openDoor } from '../harness/door.ts'
import { labSession } from '../harness/lab-session.ts'
import { testDriver } from '../harness/test-driver.ts'
import { openLab } from '../lab/lab.ts'
import { median, type Ratio } from './measure.ts'

const vms = 500
const rounds = 9
const readMs = 150
const answerMs = 300
const now = (): Date => new Date()

async function timed(what: string, work: () => Promise<unknown>): Promise<number> {
  const took: number[] = []
  for (let round = 0; round < rounds; round++) {
    const began = performance.now()
    await work()
    took.push(performance.now() - began)
  }
  console.error(`  ${what}: ${took.map((ms) => ms.toFixed(0)).join(' ')} ms`)
  return median(took)
}

export async function vmList(): Promise<Ratio[]> {
  await using lab = await openLab({ say: console.error })
  const host = await lab.addHost({ name: 'many', bridge: true })
  const door = await openDoor()
  try {
    const cookies = await door.claim()
    const fingerprint = (await host.fingerprints()).find(({ type }) => type === 'ed25519')?.sha256
    const signIn = { kind: 'stored-key', privateKey: readFileSync(host.keyPath, 'utf8') }
    const wanted = { name: 'many', address: host.address, port: 22, user: 'root', fingerprint, signIn }
    const added = await door.call('POST', '/hosts', wanted, { cookies })
    await using session = await labSession(host)
    const client = await testDriver(host, session.value, vms)
    const read = await timed('list, XML and state of 500', async () => {
      const domains = await readDomains(client)
      if (!domains.ok || domains.value.length !== vms) throw new Error('not all were read')
    })
    const first = performance.now()
    const stalls = monitorEventLoopDelay({ resolution: 1 })
    stalls.enable()
    await refreshBoardBy((added.body as { id: string }).id, client, now)
    stalls.disable()
    console.error(
      `  read and parsed for the first time: ${(performance.now() - first).toFixed(0)} ms, others waited ${(stalls.max / 1e6).toFixed(0)} ms at most`,
    )
    const answered = await timed('GET /vms', async () => {
      const list = await door.call('GET', '/vms', undefined, { cookies })
      if ((list.body as { items: unknown[] }).items.length !== vms) throw new Error(`not all were told: ${list.text}`)
    })
    client.close()
    return [
      budgetOf('list, XML and state of 500 VMs read from their host', read, readMs),
      budgetOf('GET /vms of 500 VMs, after the first load', answered, answerMs),
    ]
  } finally {
    sshPool().close()
    await door.close()
  }
}

const budgetOf = (what: string, ms: number, atMostMs: number): Ratio => ({
  budget: '7',
  what,
  ours: `${ms.toFixed(0)} ms`,
  peer: `${atMostMs} ms`,
  ratio: ms / atMostMs,
  atMost: 1,
})
