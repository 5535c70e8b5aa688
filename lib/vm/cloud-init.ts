import { isMap, parseDocument, Scalar, stringify } from 'yaml'
import type { CloudInit } from './spec.ts'
import type { GuestNetwork } from '../contract/vm-create.ts'
import type { FieldError } from '../kit/problem.ts'
import { isInside, parseAddress, parseCidr } from '../net/subnet.ts'

/** The documents of a NoCloud seed. */
export interface SeedDocuments {
  metaData: string
  userData: string
  networkConfig: string
}

/**
 * @param instanceId another one makes the guest begin anew: the VM's UUID
 * @param passwordHash crypt(3); null: no password
 */
export function buildSeed(
  cloudInit: CloudInit,
  {
    name,
    instanceId,
    macs,
    passwordHash,
  }: { name: string; instanceId: string; macs: readonly string[]; passwordHash: string | null },
): SeedDocuments {
  const hostname = cloudInit.hostname ?? name
  return {
    metaData: yaml({ 'instance-id': instanceId, 'local-hostname': hostname }),
    userData: cloudInit.userData ?? builtUserData(cloudInit, hostname, passwordHash),
    networkConfig: yaml(networkConfig(cloudInit.networks, macs)),
  }
}

/** cloud-init reads YAML 1.1, where `yes` and `12:30` are no texts. */
const yaml = (value: unknown): string => stringify(value, { version: '1.1', lineWidth: 0 })

/** A MAC of digits alone is a number in base 60 to some readers. */
function quoted(text: string): Scalar {
  const scalar = new Scalar(text)
  scalar.type = Scalar.QUOTE_DOUBLE
  return scalar
}

function builtUserData({ user, sshKeys, packages }: CloudInit, hostname: string, passwordHash: string | null): string {
  const signIn = {
    ...(sshKeys.length > 0 ? { ssh_authorized_keys: sshKeys } : {}),
    ...(passwordHash === null ? {} : { lock_passwd: false, hashed_passwd: passwordHash }),
  }
  const own =
    user === null
      ? {
          ...(sshKeys.length > 0 ? { ssh_authorized_keys: sshKeys } : {}),
          // Without a name it is the image's own user that gets it.
          ...(passwordHash === null ? {} : { password: passwordHash, chpasswd: { expire: false } }),
        }
      : { users: [{ name: user, sudo: 'ALL=(ALL) NOPASSWD:ALL', shell: '/bin/bash', ...signIn }] }
  return `#cloud-config\n${yaml({
    hostname,
    ...own,
    ...(passwordHash === null ? {} : { ssh_pwauth: true }),
    ...(packages.length > 0 ? { package_update: true, packages } : {}),
  })}`
}

function networkConfig(networks: readonly GuestNetwork[], macs: readonly string[]): unknown {
  return {
    version: 2,
    ethernets: Object.fromEntries(
      macs.map((macaddress, index) => {
        const wanted = networks.find(({ nic }) => nic === index)
        return [
          `nic${index}`,
          { match: { macaddress: quoted(macaddress) }, ...(wanted === undefined ? { dhcp4: true } : ethernet(wanted)) },
        ]
      }),
    ),
  }
}

function ethernet({ dhcp4, dhcp6, addresses, gateway4, gateway6, nameservers, search }: GuestNetwork): object {
  const routes = [
    ...(gateway4 === null ? [] : [{ to: '0.0.0.0/0', via: gateway4 }]),
    ...(gateway6 === null ? [] : [{ to: '::/0', via: gateway6 }]),
  ]
  return {
    dhcp4,
    dhcp6,
    ...(addresses.length > 0 ? { addresses } : {}),
    ...(routes.length > 0 ? { routes } : {}),
    ...(nameservers.length + search.length > 0 ? { nameservers: { addresses: nameservers, search } } : {}),
  }
}

const kinds = [
  '#!',
  '#include',
  '#cloud-boothook',
  '#cloud-config-archive',
  '#part-handler',
  '#upstart-job',
  '## template:',
]
const maxUserData = 60_000

/** What is wrong with user-data somebody wrote, each with its line (from 1), or nothing. */
export function userDataErrors(text: string): { line: number | null; message: string }[] {
  if (text.length > maxUserData) return [{ line: null, message: `It is longer than ${maxUserData} characters.` }]
  const [first = ''] = text.split('\n')
  if (first.trimEnd() !== '#cloud-config') {
    if (kinds.some((kind) => first.startsWith(kind)) || /^(Content-Type|MIME-Version):/i.test(first)) return []
    return [
      {
        line: 1,
        message: 'The first line must be #cloud-config, or #! and an interpreter: else the guest does nothing with it.',
      },
    ]
  }
  const document = parseDocument(text, { prettyErrors: false })
  const broken = document.errors.map(({ message, pos }) => ({
    line: text.slice(0, pos[0]).split('\n').length,
    message: `It is no YAML here: ${message.slice(0, 200)}.`.replace(/\.\.$/, '.'),
  }))
  if (broken.length > 0) return broken.slice(0, 20)
  if (document.contents !== null && !isMap(document.contents))
    return [{ line: null, message: 'Below #cloud-config there must be keys with values (users:, packages:, …).' }]
  return []
}

const userName = /^[a-z_][a-z0-9_-]{0,31}$/
const hostName =
  /^(?=.{1,253}$)[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$/
const sshKey = /^(?:ssh-(?:rsa|ed25519|dss)|ecdsa-sha2-[a-z0-9-]+|sk-[a-z0-9@.-]+) [A-Za-z0-9+/]+=*(?: [^\n\r]*)?$/
const packageName = /^[A-Za-z0-9][A-Za-z0-9+._:=~/-]{0,127}$/

/** What is wrong with what a guest shall be told, sentence by field (below `cloudInit`). */
export function checkCloudInit(cloudInit: CloudInit, nicCount: number): FieldError[] {
  const errors: FieldError[] = []
  const wrong = (field: string, message: string) => errors.push({ field: `cloudInit.${field}`, message })
  if (cloudInit.hostname !== null && !hostName.test(cloudInit.hostname))
    wrong('hostname', 'A host name has letters, digits and dashes, with dots between its parts.')
  if (cloudInit.user !== null && !userName.test(cloudInit.user))
    wrong('user', 'A user name has small letters, digits, dashes and underscores, and begins with a letter.')
  for (const [index, key] of cloudInit.sshKeys.entries())
    if (!sshKey.test(key))
      wrong(`sshKeys.${index}`, 'This is no public SSH key: it begins with ssh-ed25519, ssh-rsa or ecdsa-….')
  for (const [index, name] of cloudInit.packages.entries())
    if (!packageName.test(name)) wrong(`packages.${index}`, `“${name.slice(0, 40)}” can’t be the name of a package.`)
  if (cloudInit.userData !== null) {
    const [first] = userDataErrors(cloudInit.userData)
    if (first !== undefined)
      wrong('userData', first.line === null ? first.message : `Line ${first.line}: ${first.message}`)
  }
  for (const [index, network] of cloudInit.networks.entries())
    checkNetwork(network, `networks.${index}`, nicCount, wrong)
  return errors
}

function checkNetwork(
  network: GuestNetwork,
  field: string,
  nicCount: number,
  wrong: (field: string, message: string) => void,
): void {
  if (network.nic >= nicCount) wrong(`${field}.nic`, `The VM has no NIC number ${network.nic + 1}.`)
  const cidrs = network.addresses.map(parseCidr)
  for (const [index, cidr] of cidrs.entries())
    if (cidr === null || !(network.addresses[index] ?? '').includes('/'))
      wrong(`${field}.addresses.${index}`, 'Write an address with its prefix, e.g. 192.0.2.7/24.')
  for (const [key, gateway, family] of [
    ['gateway4', network.gateway4, 'ipv4'],
    ['gateway6', network.gateway6, 'ipv6'],
  ] as const) {
    if (gateway === null) continue
    const address = parseAddress(gateway)
    if (address === null || address.family !== family) {
      wrong(`${field}.${key}`, `Write an ${family === 'ipv4' ? 'IPv4' : 'IPv6'} address.`)
      continue
    }
    const isReached = cidrs.some((cidr) => cidr !== null && isInside(cidr.subnet, address))
    // fe80::1 is reached over the link itself.
    if (!isReached && !gateway.toLowerCase().startsWith('fe80:'))
      wrong(
        `${field}.${key}`,
        `${gateway} is in none of the subnets of this NIC’s addresses, so it could not be reached.`,
      )
  }
  for (const [index, server] of network.nameservers.entries())
    if (parseAddress(server) === null) wrong(`${field}.nameservers.${index}`, 'Write the address of a name server.')
  if (!network.dhcp4 && !network.dhcp6 && network.addresses.length === 0)
    wrong(`${field}.addresses`, 'Without DHCP it needs an address.')
}
