import { Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { makeLog } from './log.ts'

test('secrets are struck out, however deep they sit', () => {
  let text = ''
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString()
      done()
    },
  })
  const secret = 'hunter2-hunter2'
  const target = { address: '192.0.2.1', credential: { kind: 'password', password: secret } }
  const log = makeLog(sink)
  log.info({ password: secret, signIn: { passphrase: secret, privateKey: secret } }, 'one')
  log.warn({ request: { headers: { authorization: secret, cookie: secret } }, token: secret }, 'two')
  log.error({ err: Object.assign(new Error('no way'), { target }) }, 'three')
  expect(text).toContain('192.0.2.1')
  expect(text).toContain('no way')
  expect(text).not.toContain(secret)
})
