/** Many who watch. Tells how many bytes came since it was last asked. */
import { request } from 'node:http'

const [port, readers] = process.argv.slice(2, 4).map(Number) as [number, number]
const [, , , , path] = process.argv
let bytes = 0
let begun = 0
for (let reader = 0; reader < readers; reader++)
  request({ host: '127.0.0.1', port, path }, (answer) => {
    answer.on('data', (chunk: Buffer) => (bytes += chunk.length))
    begun++
    if (begun === readers) process.send?.({ ready: true })
  }).end()
process.on('message', () => {
  process.send?.({ bytes })
  bytes = 0
})
process.on('disconnect', () => process.exit())
