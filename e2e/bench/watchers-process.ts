/** The process that is measured: one host's figures to many watchers, by the hub's shared bytes or by JSON for each. */
import { createServer, type ServerResponse } from 'node:http'
import { Hub } from '../../lib/live/hub.ts'
import { figureNames } from '../../lib/stats/live-protocol.ts'
import { framesOf } from './counters.ts'

const links = Number(process.argv[2])
const frames = framesOf(links, 900)
const hub = new Hub()
hub.setState('host', { state: 'up', since: new Date(), reason: null, offeredKey: null })
const alone = new Set<ServerResponse>()

let second = 0
setInterval(() => {
  const frame = frames[second++ % frames.length]
  if (frame !== undefined) hub.take('host', frame)
  // As an API without a hub would: all of it, by name, written anew for each who asked.
  const newest = hub.figures('host')
  const named = newest?.links.map(({ name, figures }) => ({
    name,
    ...Object.fromEntries(figureNames.map((figure, column) => [figure, figures[column]])),
  }))
  const body = { host: 'host', at: newest?.at, links: named }
  for (const response of alone) response.write(`event: links\ndata: ${JSON.stringify(body)}\n\n`)
}, 1000)

const server = createServer((request, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache, no-transform' })
  if (request.url === '/json') {
    alone.add(response)
    response.on('close', () => alone.delete(response))
  } else
    response.on(
      'close',
      hub.subscribe(['host:host'], (chunk) => response.write(chunk)),
    )
})
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as { port: number }).port }))
let last = process.cpuUsage()
process.on('message', () => {
  const { user, system } = process.cpuUsage(last)
  last = process.cpuUsage()
  process.send?.({ cpuMs: (user + system) / 1000 })
})
process.on('disconnect', () => process.exit())
