import { nameText, wholeNumber } from '../facts/text.ts'
import type { Result } from '../kit/result.ts'
import { attribute, children, content, path, readXml, type Element } from './xml.ts'

/** What a host's QEMU offers a new VM. Every text is a stranger's: cleaned and limited. */
export interface DomainOffer {
  architecture: string
  maxVcpus: number
  uefi: boolean
  secureBoot: boolean
  tpm: boolean
  /** Modes, then models that this host can run. */
  cpus: string[]
}

const enumValues = (parent: Element | null, name: string): string[] =>
  children(parent, 'enum')
    .filter((one) => attribute(one, 'name') === name)
    .flatMap((one) => children(one, 'value').map((value) => value.textContent ?? ''))

/** Reads `<domainCapabilities>`. Errors: a sentence. */
export function readDomainOffer(xml: string): Result<DomainOffer> {
  return readXml(xml, 'domainCapabilities', (root) => {
    const os = path(root, 'os')
    const loader = path(os, 'loader')
    const tpm = path(root, 'devices', 'tpm')
    const modes = children(path(root, 'cpu'), 'mode').filter((mode) => attribute(mode, 'supported') === 'yes')
    const custom = modes.find((mode) => attribute(mode, 'name') === 'custom') ?? null
    return {
      architecture: nameText(content(path(root, 'arch')) ?? 'x86_64', 32),
      maxVcpus: wholeNumber(attribute(path(root, 'vcpu'), 'max') ?? undefined) ?? 1,
      uefi: enumValues(os, 'firmware').includes('efi'),
      secureBoot: enumValues(os, 'firmware').includes('efi') && enumValues(loader, 'secure').includes('yes'),
      tpm: attribute(tpm, 'supported') === 'yes' && enumValues(tpm, 'backendModel').includes('emulator'),
      cpus: [
        ...modes.map((mode) => nameText(attribute(mode, 'name') ?? '', 64)).filter((name) => name !== 'custom'),
        ...children(custom, 'model')
          .filter((model) => attribute(model, 'usable') === 'yes')
          .slice(0, 512)
          .map((model) => nameText(model.textContent ?? '', 64)),
      ],
    }
  })
}

const shownMachines = 64

/** Machines of `<capabilities>` for one architecture: aliases, then names, newest first. Errors: a sentence. */
export function readMachines(xml: string, architecture: string): Result<string[]> {
  return readXml(xml, 'capabilities', (root) => {
    const arch = children(root, 'guest')
      .map((guest) => path(guest, 'arch'))
      .find((one) => attribute(one, 'name') === architecture)
    const machines = children(arch ?? null, 'machine').map((machine) => ({
      name: nameText(machine.textContent ?? '', 64),
      isAlias: attribute(machine, 'canonical') !== null,
    }))
    const names = (alias: boolean) => machines.filter(({ isAlias }) => isAlias === alias).map(({ name }) => name)
    const byAge = (a: string, b: string) => b.localeCompare(a, 'en', { numeric: true })
    return [...new Set([...names(true).toSorted(), ...names(false).toSorted(byAge)])].slice(0, shownMachines)
  })
}
