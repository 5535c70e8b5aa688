import { expect, test } from 'vitest'
import { serialLogFile } from './console-log.ts'

const domain = (devices: string) => `<domain><devices>${devices}</devices></domain>`
const logged = (file: string) => domain(`<serial type='pty'><log file='${file}' append='on'/></serial>`)

test('the first console’s log is found', () => {
  expect(serialLogFile(logged('/var/log/libvirt/qemu/web 1-console.log'))).toBe(
    '/var/log/libvirt/qemu/web 1-console.log',
  )
  expect(serialLogFile(domain("<serial type='pty'/>"))).toBeNull()
  expect(serialLogFile('no XML')).toBeNull()
})

test.each([
  '/etc/shadow',
  '/var/log/libvirt/../../../etc/shadow',
  '/var/log/libvirt/./x',
  '/var/log/libvirt/qemu/..',
  '/var/log/libvirt',
  'var/log/libvirt/x',
  '/var/log/libvirt/-n',
  '/var/log/libvirt/a&#10;b',
])('%s is not read', (file) => {
  expect(serialLogFile(logged(file))).toBeNull()
})
