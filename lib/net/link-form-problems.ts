import type { FormAction, LinkForm } from './link-form.ts'
import { parseAddress, parseCidr, parseHostCidr, parseMac, parseNewName, parseVlanList } from './names.ts'
import { say, type Sentence } from './sentences.ts'

export interface FormProblem {
  /** Of the form, e.g. `ip.addresses4`. */
  path: string
  sentence: Sentence
}

const wordsOf = (typed: string): string[] => typed.split(/[\s,;]+/).filter(Boolean)

/** Least and most of what is a number, by path. */
const ranges: Record<string, readonly [setting: string, least: number, most: number]> = {
  mtu: ['mtu', 68, 65_535],
  'bridge.helloSeconds': ['helloSeconds', 1, 10],
  'bridge.maxAgeSeconds': ['maxAgeSeconds', 6, 40],
  'bridge.priority': ['priority', 0, 65_535],
  'bridge.ageingSeconds': ['ageingSeconds', 0, 1_000_000],
  'bridge.defaultPvid': ['defaultPvid', 0, 4094],
  'bond.miimonMs': ['miimonMs', 0, 60_000],
  'bond.upDelayMs': ['upDelayMs', 0, 600_000],
  'bond.downDelayMs': ['downDelayMs', 0, 600_000],
  'bond.minLinks': ['minLinks', 0, 64],
  'ip.metric4': ['metric', 0, 4_294_967_295],
  'ip.metric6': ['metric', 0, 4_294_967_295],
}

const at = (form: LinkForm, path: string): string => {
  const [head = '', tail] = path.split('.')
  const value = form[head as keyof LinkForm]
  const inner = tail === undefined ? value : (value as unknown as Record<string, unknown>)[tail]
  return typeof inner === 'string' ? inner.trim() : ''
}

/**
 * What can be said of a form without asking the host, in the sentences the API would use. The plan judges the rest:
 * what is taken, what would cut the way to the host.
 */
export function problemsOf(action: FormAction, form: LinkForm): FormProblem[] {
  const found: FormProblem[] = []
  const wrong = (path: string, sentence: Sentence | null): void => {
    if (sentence !== null) found.push({ path, sentence })
  }
  const failing = (parsed: { ok: true } | { ok: false; error: Sentence }) => (parsed.ok ? null : parsed.error)
  const inRange = (path: string): void => {
    const [setting = '', min = 0, max = 0] = ranges[path] ?? []
    const typed = at(form, path)
    if (typed !== '' && !(/^\d{1,10}$/.test(typed) && Number(typed) >= min && Number(typed) <= max))
      wrong(path, say('refuse.range', { setting, min, max }))
  }
  const isVlan = (typed: string): boolean => /^\d{1,4}$/.test(typed) && Number(typed) >= 1 && Number(typed) <= 4094

  if (action === 'bridge') wrong('name', failing(parseNewName('Bridge', form.name.trim())))
  if (action === 'bond') {
    wrong('name', failing(parseNewName('Bond', form.name.trim())))
    if (form.ports.length === 0) wrong('ports', say('refuse.bond-no-ports'))
  }
  if (action === 'vlan' && form.name.trim() !== '') wrong('name', failing(parseNewName('VLAN', form.name.trim())))
  if ((action === 'vlan' || (action === 'edit' && form.vlan.parent !== '')) && !isVlan(form.vlan.id.trim()))
    wrong('vlan.id', say('refuse.vlan-id'))
  if (action === 'mtu' && form.mtu.trim() === '')
    wrong('mtu', say('refuse.range', { setting: 'mtu', min: 68, max: 65_535 }))
  if ((action === 'bridge' || action === 'edit') && form.mac.trim() !== '') wrong('mac', failing(parseMac(form.mac)))
  for (const path of Object.keys(ranges)) inRange(path)
  if (form.bridge.stp) {
    const delay = form.bridge.forwardDelaySeconds.trim()
    if (delay !== '' && !(/^\d+$/.test(delay) && Number(delay) >= 2 && Number(delay) <= 30))
      wrong('bridge.forwardDelaySeconds', say('refuse.forward-delay'))
  }
  if (action === 'port-vlans' || action === 'attach') {
    const pvid = form.port.pvid.trim()
    if (pvid !== '' && !isVlan(pvid)) wrong('port.pvid', say('refuse.vlan-id'))
    for (const path of ['port.untagged', 'port.tagged'])
      if (parseVlanList(at(form, path)) === null) wrong(path, say('refuse.vlan-id'))
  }
  const asksAddresses = action === 'addresses' || form.addressing === 'set'
  if (asksAddresses) for (const problem of addressProblems(form)) found.push(problem)
  return found
}

function addressProblems({ ip, routes }: LinkForm): FormProblem[] {
  const found: FormProblem[] = []
  const families = [
    ['inet', ip.kind4, ip.addresses4, ip.gateway4, '4'],
    ['inet6', ip.kind6, ip.addresses6, ip.gateway6, '6'],
  ] as const
  for (const [family, kind, addresses, gateway, digit] of families) {
    if (kind === 'none') continue
    const words = wordsOf(addresses)
    if (kind === 'static' && words.length === 0)
      found.push({ path: `ip.addresses${digit}`, sentence: say('refuse.address-form', { address: '' }) })
    for (const address of words) {
      const parsed = parseHostCidr(address)
      const sentence = !parsed.ok
        ? parsed.error
        : parsed.value.family === family
          ? null
          : say('refuse.address-form', { address })
      if (sentence !== null) found.push({ path: `ip.addresses${digit}`, sentence })
    }
    if (kind === 'static' && gateway.trim() !== '' && parseAddress(gateway)?.family !== family)
      found.push({ path: `ip.gateway${digit}`, sentence: say('refuse.gateway-form', { gateway: gateway.trim() }) })
  }
  for (const server of wordsOf(ip.dnsServers))
    if (parseAddress(server) === null)
      found.push({ path: 'ip.dnsServers', sentence: say('refuse.dns-form', { server }) })
  routes.forEach(({ destination, gateway }, index) => {
    if (destination.trim() !== 'default' && parseCidr(destination) === null)
      found.push({ path: `routes.${index}.destination`, sentence: say('refuse.route-form', { destination }) })
    if (gateway.trim() !== '' && parseAddress(gateway) === null)
      found.push({ path: `routes.${index}.gateway`, sentence: say('refuse.gateway-form', { gateway }) })
  })
  return found
}
