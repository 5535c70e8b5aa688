/** A process that answers SSH as any number of hosts whose readers give frames. Scale only: it proves nothing about hosts. */
import ssh2 from 'ssh2'
import { framesOf } from './counters.ts'

const links = Number(process.argv[2])
// Longer than any run: counters that begin anew are another case.
const frames = framesOf(links, 900).map((frame) => Buffer.concat([frame, Buffer.from('.\n')]))

const key = ssh2.utils.generateKeyPairSync('ed25519')
const server = new ssh2.Server({ hostKeys: [key.private] }, (client) => {
  client.on('error', () => {})
  client.on('authentication', (attempt) => attempt.accept())
  client.on('ready', () => {
    client.on('session', (accept) => {
      accept().on('exec', (acceptCommand) => {
        const channel = acceptCommand()
        const started = '\u001edrawbridge\u001e\n'
        channel.stderr.write(started)
        channel.write(started)
        let second = 0
        channel.on('data', () => {
          channel.write(frames[second++ % frames.length])
        })
        channel.on('error', () => {})
      })
    })
  })
})
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as { port: number }
  const parsed = ssh2.utils.parseKey(key.private)
  const blob = parsed instanceof Error ? '' : parsed.getPublicSSH().toString('base64')
  process.send?.({ port, hostKey: blob })
})
process.on('disconnect', () => process.exit())
