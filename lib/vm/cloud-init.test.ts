import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { buildSeed, checkCloudInit, userDataErrors } from './cloud-init.ts'
import type { CloudInit } from './spec.ts'

const none: CloudInit = { hostname: null, user: null, sshKeys: [], packages: [], userData: null, networks: [] }
const macs = ['52:54:00:12:34:56', '52:54:00:00:00:02']
const seed = (more: Partial<CloudInit>, passwordHash: string | null = null) =>
  buildSeed({ ...none, ...more }, { name: 'web1', instanceId: 'i-1', macs, passwordHash })
const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGf3 ada@example.org'

test('the documents of a user with key, password and packages', () => {
  const { metaData, userData, networkConfig } = seed(
    { user: 'ada', sshKeys: [key], packages: ['yes', 'nginx'] },
    '$6$salt$hash',
  )
  expect(metaData).toBe('instance-id: i-1\nlocal-hostname: web1\n')
  expect(userData).toBe(`#cloud-config
hostname: web1
users:
  - name: ada
    sudo: ALL=(ALL) NOPASSWD:ALL
    shell: /bin/bash
    ssh_authorized_keys:
      - ${key}
    lock_passwd: false
    hashed_passwd: $6$salt$hash
ssh_pwauth: true
package_update: true
packages:
  - "yes"
  - nginx
`)
  // Of digits alone it would be a number in base 60.
  expect(networkConfig).toContain('macaddress: "52:54:00:12:34:56"')
})

test('a static address is set by MAC, the other NIC asks by DHCP', () => {
  const network = {
    nic: 1,
    dhcp4: false,
    dhcp6: false,
    addresses: ['192.0.2.7/24', 'fd00::7/64'],
    gateway4: '192.0.2.1',
    gateway6: 'fe80::1',
    nameservers: ['192.0.2.53'],
    search: ['example.org'],
  }
  expect(checkCloudInit({ ...none, networks: [network] }, 2)).toEqual([])
  expect(parse(seed({ networks: [network] }).networkConfig)).toEqual({
    version: 2,
    ethernets: {
      nic0: { match: { macaddress: macs[0] }, dhcp4: true },
      nic1: {
        match: { macaddress: macs[1] },
        dhcp4: false,
        dhcp6: false,
        addresses: ['192.0.2.7/24', 'fd00::7/64'],
        routes: [
          { to: '0.0.0.0/0', via: '192.0.2.1' },
          { to: '::/0', via: 'fe80::1' },
        ],
        nameservers: { addresses: ['192.0.2.53'], search: ['example.org'] },
      },
    },
  })
})

test('user-data of one’s own is passed on as it is', () => {
  const userData = '#!/bin/sh\necho hello\n'
  expect(seed({ userData, user: 'ada' }).userData).toBe(userData)
})

describe('user-data', () => {
  test.each([
    '#cloud-config\n',
    '#cloud-config\nusers: []\n',
    '#!/bin/sh\n',
    '#include\nhttp://x\n',
    'Content-Type: multipart/mixed\n',
  ])('%j is right', (text) => expect(userDataErrors(text)).toEqual([]))
  test.each([
    ['users: []', 1],
    ['#cloud-config\nusers: [a\n', 3],
    ['#cloud-config\na: b: c\n', 2],
    ['#cloud-config\n- a\n', null],
  ])('%j is not, in line %s', (text, line) => expect(userDataErrors(text)[0]?.line).toBe(line))
})

test.each<[string, Partial<CloudInit>]>([
  ['hostname', { hostname: 'a b' }],
  ['user', { user: 'Ada' }],
  ['sshKeys.0', { sshKeys: ['-----BEGIN OPENSSH PRIVATE KEY-----'] }],
  ['packages.0', { packages: ['a; rm -rf /'] }],
])('%s is checked', (field, more) => {
  expect(checkCloudInit({ ...none, ...more }, 1)).toMatchObject([{ field: `cloudInit.${field}` }])
})
