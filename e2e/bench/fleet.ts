/** Budget 3: one process that samples 200 hosts. */
import { start, told } from './child.ts'
import { median, type Ratio } from './measure.ts'

const hosts = 200
const links = 100
const seconds = 20
const rounds = 3

interface Fleet {
  corePercent: number
  delayP99Ms: number
  rssMb: number
  freshness: number
}

export async function fleet(): Promise<Ratio[]> {
  const simulated = start('simulated-hosts.ts', [links])
  try {
    const { port, hostKey } = await told<{ port: number; hostKey: string }>(simulated)
    const results: Fleet[] = []
    for (let round = 0; round < rounds; round++) {
      const result = await told<Fleet>(start('fleet-process.ts', [port, hosts, links, seconds, hostKey]))
      console.error(`  ${JSON.stringify(result)}`)
      results.push(result)
    }
    const of = (name: keyof Fleet) => median(results.map((result) => result[name]))
    const what = `${hosts} hosts × ${links} links at 1 s`
    const row = (part: string, value: number, budget: number, unit: string): Ratio => ({
      budget: '3',
      what: `${what}: ${part}`,
      ours: `${value.toFixed(1)} ${unit}`,
      peer: `${budget} ${unit}`,
      ratio: value / budget,
      atMost: 1,
    })
    return [
      row('CPU', of('corePercent'), 15, '% of a core'),
      row('event loop delay, p99', of('delayP99Ms'), 5, 'ms'),
      row('memory', of('rssMb'), 250, 'MB'),
    ]
  } finally {
    simulated.kill()
  }
}
