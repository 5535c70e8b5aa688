/** Budget 4: one host's 100 links to 1000 who watch, three links in ten with traffic. */
import { asked, start, told } from './child.ts'
import { interleaved, pause, type Ratio } from './measure.ts'

const watchers = 1000
const links = 100
const seconds = 10
const rounds = 3

export async function watching(): Promise<Ratio[]> {
  const server = start('watchers-process.ts', [links])
  const bytesOf = new Map<string, number>()
  try {
    const { port } = await told<{ port: number }>(server)
    const contestant = (path: string) => async () => {
      const readers = start('readers-process.ts', [port, watchers, path])
      try {
        await told(readers)
        await pause(2000)
        await Promise.all([asked(server), asked(readers)])
        await pause(seconds * 1000)
        const [{ cpuMs }, { bytes }] = await Promise.all([
          asked<{ cpuMs: number }>(server),
          asked<{ bytes: number }>(readers),
        ])
        bytesOf.set(path, bytes / watchers / seconds)
        return cpuMs / seconds / 10
      } finally {
        readers.kill()
        await pause(1000)
      }
    }
    const { shared, json } = await interleaved({ shared: contestant('/shared'), json: contestant('/json') }, rounds)
    const [sharedBytes = 0, jsonBytes = 0] = [bytesOf.get('/shared'), bytesOf.get('/json')]
    return [
      {
        budget: '4',
        what: `${watchers} watchers of ${links} links: CPU, against JSON for each`,
        ours: `${shared.toFixed(1)} % of a core`,
        peer: `${json.toFixed(1)} % of a core`,
        ratio: shared / json,
        atMost: 1 / 2,
      },
      {
        budget: '4',
        what: `the same: bytes per watcher and second, against all of it in JSON`,
        ours: `${(sharedBytes / 1000).toFixed(2)} kB`,
        peer: `${(jsonBytes / 1000).toFixed(2)} kB`,
        ratio: sharedBytes / jsonBytes,
        atMost: 1 / 6,
      },
    ]
  } finally {
    server.kill()
  }
}
