import { parseCidr } from '../net/subnet.ts'
import type { ManagedMode, NetworkConfig, NetworkIp } from './libvirt-network.ts'

/** A network as its form holds it: texts as they are typed. */
export interface NetworkForm {
  name: string
  mode: ManagedMode
  bridge: string
  uplink: string
  mtu: string
  domain: string
  ipv4Address: string
  ipv4Ranges: string
  ipv4Hosts: string
  ipv6Address: string
  ipv6Ranges: string
  ipv6Hosts: string
}

export const networkFormFields = [
  'name',
  'mode',
  'bridge',
  'uplink',
  'mtu',
  'domain',
  'ipv4Address',
  'ipv4Ranges',
  'ipv4Hosts',
  'ipv6Address',
  'ipv6Ranges',
  'ipv6Hosts',
] as const satisfies readonly (keyof NetworkForm)[]

type Family = 'ipv4' | 'ipv6'
/** What is wrong with a field before anybody is asked; `line` is the one that can't be read. */
export interface NetworkFormError {
  field: keyof NetworkForm
  code: 'formAddress' | 'formRange' | 'formHost' | 'formNumber'
  line: string
}

export function formOfNetwork(config: Omit<NetworkConfig, 'mode'> & { mode: ManagedMode }): NetworkForm {
  const cidr = (ip: NetworkIp | null) => (ip === null ? '' : `${ip.address}/${ip.prefix}`)
  const ranges = (ip: NetworkIp | null) => (ip?.ranges ?? []).map(({ start, end }) => `${start} ${end}`).join('\n')
  const hosts = (ip: NetworkIp | null) =>
    (ip?.hosts ?? [])
      .map(({ mac, duid, name, address }) =>
        [mac ?? duid ?? name ?? '', address, ...(mac === null && duid === null ? [] : [name ?? ''])].join(' ').trim(),
      )
      .join('\n')
  return {
    name: config.name,
    mode: config.mode,
    bridge: config.bridge ?? '',
    uplink: config.uplink ?? '',
    mtu: config.mtu === null ? '' : String(config.mtu),
    domain: config.domain ?? '',
    ipv4Address: cidr(config.ipv4),
    ipv4Ranges: ranges(config.ipv4),
    ipv4Hosts: hosts(config.ipv4),
    ipv6Address: cidr(config.ipv6),
    ipv6Ranges: ranges(config.ipv6),
    ipv6Hosts: hosts(config.ipv6),
  }
}

/** What the form says; what a mode has no use for is left out. */
export function networkOfForm(form: NetworkForm): {
  config: Omit<NetworkConfig, 'mode'> & { mode: ManagedMode }
  errors: NetworkFormError[]
} {
  const errors: NetworkFormError[] = []
  const { mode } = form
  const isOnBridge = mode === 'bridge'
  const mtu = form.mtu.trim()
  if (!isOnBridge && mtu !== '' && !/^\d{1,6}$/.test(mtu)) errors.push({ field: 'mtu', code: 'formNumber', line: mtu })
  const leaves = mode === 'nat' || mode === 'route'
  return {
    config: {
      name: form.name.trim(),
      mode,
      bridge: textOf(form.bridge),
      uplink: leaves ? textOf(form.uplink) : null,
      mtu: isOnBridge || mtu === '' ? null : Number(mtu),
      domain: isOnBridge ? null : textOf(form.domain),
      ipv4: isOnBridge ? null : ipOf('ipv4', form, errors),
      ipv6: isOnBridge ? null : ipOf('ipv6', form, errors),
    },
    errors,
  }
}

const textOf = (text: string): string | null => (text.trim() === '' ? null : text.trim())
const linesOf = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')

function ipOf(family: Family, form: NetworkForm, errors: NetworkFormError[]): NetworkIp | null {
  const text = form[`${family}Address`].trim()
  if (text === '') return null
  if (parseCidr(text) === null) errors.push({ field: `${family}Address`, code: 'formAddress', line: text })
  const [address = '', prefix = ''] = text.split('/')
  const ranges = linesOf(form[`${family}Ranges`]).map((line) => {
    const [start = '', end = '', ...more] = line.split(/\s*[-–,]\s*|\s+/)
    if (end === '' || more.length > 0) errors.push({ field: `${family}Ranges`, code: 'formRange', line })
    return { start, end }
  })
  const hosts = linesOf(form[`${family}Hosts`]).map((line) => {
    const [who = '', where = '', name, ...more] = line.split(/[\s,]+/)
    if (where === '' || more.length > 0) errors.push({ field: `${family}Hosts`, code: 'formHost', line })
    const isMac = /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(who)
    const isDuid = family === 'ipv6' && /^([0-9a-f]{2}:)+[0-9a-f]{2}$/i.test(who)
    return {
      mac: family === 'ipv4' && (isMac || name !== undefined) ? who.toLowerCase() : null,
      duid: isDuid ? who : null,
      name: name ?? (isDuid || (family === 'ipv4' && isMac) ? null : who),
      address: where,
    }
  })
  return { address, prefix: Number(prefix), ranges, hosts }
}

/** The form's field for one that the API names, e.g. `ipv4.ranges.0`. */
export function formFieldOf(field: string): keyof NetworkForm | null {
  const [first = '', second = ''] = field.split('.')
  const named =
    first === 'ipv4' || first === 'ipv6'
      ? `${first}${second === 'ranges' ? 'Ranges' : second === 'hosts' ? 'Hosts' : 'Address'}`
      : first
  return networkFormFields.find((one) => one === named) ?? null
}
