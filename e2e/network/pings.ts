import { spawn } from 'node:child_process'

export interface Loss {
  sent: number
  lost: number
  /** The longest run of lost ones. */
  longest: number
}

/** Asks an address again and again from this machine, which is on the lab's switch. `stop` gives the count. */
export function pingUntilStopped(address: string, everyMs: number): { stop: () => Promise<Loss> } {
  const family = address.includes(':') ? '-6' : '-4'
  const args = [family, '-n', '-D', '-i', String(everyMs / 1000), '-W', '1', address]
  const child = spawn('ping', args, { stdio: ['ignore', 'pipe', 'ignore'], env: { ...process.env, LC_ALL: 'C' } })
  let out = ''
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  const closed = new Promise<void>((resolve) => child.on('close', () => resolve()))
  return {
    async stop() {
      // What is on its way may still come.
      await new Promise((resolve) => setTimeout(resolve, 300))
      child.kill('SIGINT')
      await closed
      const answered = new Set([...out.matchAll(/icmp_seq=(\d+) ttl=/g)].map(([, number]) => Number(number)))
      const summary = /(\d+) packets transmitted/.exec(out)
      const sent = Number(summary?.[1] ?? 0)
      let longest = 0
      let run = 0
      let lost = 0
      // The last ones were sent less than a round trip before the end.
      const judged = sent - Math.ceil(50 / everyMs)
      for (let number = 1; number <= judged; number++) {
        run = answered.has(number) ? 0 : run + 1
        if (run > 0) lost++
        longest = Math.max(longest, run)
      }
      return { sent: judged, lost, longest }
    },
  }
}
