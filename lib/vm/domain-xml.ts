import type { Result } from '../kit/result.ts'
import { nameText, wholeNumber } from '../facts/text.ts'
import type { DomainFacts } from '../facts/facts.ts'
import { attribute, children, content, path, readXml, sizeBytes, type Element } from './xml.ts'

/** What the XML of a domain alone says; live XML (of a running domain) names the taps. */
export type DomainDescription = Pick<DomainFacts, 'uuid' | 'name' | 'type' | 'vcpus' | 'memoryBytes' | 'nics'>

const maxNics = 256

/** Reads a domain's XML as libvirt writes it. Errors: a sentence. */
export function parseDomainXml(xml: string): Result<DomainDescription> {
  return readXml(xml, 'domain', (domain) => {
    const vcpu = path(domain, 'vcpu')
    return {
      uuid: (content(path(domain, 'uuid')) ?? '').toLowerCase().slice(0, 36),
      name: nameText(path(domain, 'name')?.textContent ?? '', 255),
      type: nameText(attribute(domain, 'type') ?? 'unknown', 32),
      vcpus: positive(attribute(vcpu, 'current')) ?? positive(content(vcpu)) ?? 1,
      memoryBytes: sizeBytes(path(domain, 'memory')) ?? 0,
      nics: children(path(domain, 'devices'), 'interface').slice(0, maxNics).map(nicOf),
    }
  })
}

const positive = (text: string | null): number | null => {
  const number = wholeNumber(text ?? undefined)
  return number !== null && number > 0 ? number : null
}

const short = (text: string | null): string | null => (text === null || text === '' ? null : nameText(text, 128))

function nicOf(nic: Element): DomainFacts['nics'][number] {
  const kind = short(attribute(nic, 'type')) ?? 'unknown'
  const source = path(nic, 'source')
  return {
    mac: (attribute(path(nic, 'mac'), 'address') ?? '').toLowerCase().slice(0, 17),
    source: short(
      kind === 'network'
        ? attribute(source, 'network')
        : (attribute(source, 'bridge') ?? attribute(source, 'dev') ?? attribute(source, 'path')),
    ),
    sourceKind: kind,
    model: short(attribute(path(nic, 'model'), 'type')),
    tap: short(attribute(path(nic, 'target'), 'dev')),
    queues: positive(attribute(path(nic, 'driver'), 'queues')),
    mtu: positive(attribute(path(nic, 'mtu'), 'size')),
  }
}

/** Tap name → the NIC behind it, of the domains that are running. */
export function nicsByTap(
  domains: readonly DomainFacts[],
): Map<string, { domain: string; uuid: string; mac: string; queues: number | null; model: string | null }> {
  const taps = new Map<
    string,
    { domain: string; uuid: string; mac: string; queues: number | null; model: string | null }
  >()
  for (const { name, uuid, nics, state } of domains) {
    if (state === 'shut-off') continue
    for (const { tap, mac, queues, model } of nics)
      if (tap !== null && !taps.has(tap)) taps.set(tap, { domain: name, uuid, mac, queues, model })
  }
  return taps
}
