import { linesOf, oursOf, parseAnswer, sectionOf, fileLinesOf } from '../facts/answer.ts'
import type { HostFacts } from '../facts/facts.ts'
import { parseServices, type Unit } from '../facts/parse-services.ts'

export type ModuleName = 'bridge' | 'tun' | 'vhost_net' | 'kvm' | 'kvm_intel' | 'kvm_amd' | 'br_netfilter'

export interface ModuleState {
  loaded: boolean
  /** Part of the kernel itself: neither loaded nor ever missing. */
  builtin: boolean
  /** The kernel's package has it. */
  available: boolean
  /** Named in a file that systemd reads at boot. */
  persisted: boolean
}

/** What the check list knows beyond the facts. */
export interface Preparation {
  /** Who Drawbridge signs in as. */
  user: string
  /** How that user becomes root; `refused` gives the sentence. */
  root: { kind: 'is-root' } | { kind: 'sudo' } | { kind: 'refused'; title: string }
  groups: string[]
  hasLibvirtGroup: boolean
  hasTool: (tool: string) => boolean
  module: (name: ModuleName) => ModuleState
  unit: (name: string) => Unit
  /** Files that set net.bridge.bridge-nf-call-*, with the lines. */
  bridgeSettings: ReadonlyMap<string, string[]>
  hasImagesDirectory: boolean
  /** Units of ours that still install something, begun over an earlier connection. */
  underway: string[]
}

/** All that a check may look at. */
export interface Situation {
  facts: HostFacts
  preparation: Preparation
}

/** Why nothing is known of libvirt's networks and pools, or null when they are known. */
export function libvirtSilence({ facts: { libvirt } }: Situation): string | null {
  if (libvirt.state !== 'running') return 'libvirt does not answer.'
  return libvirt.libvirtVersion === null ? 'libvirt runs, but did not tell.' : null
}

/** What lib/host/scripts/doctor.sh wrote; null when it wrote nothing that can be read. */
export function parsePreparation(
  raw: string,
  nonce: string,
  { user, root }: Pick<Preparation, 'user' | 'root'>,
): Preparation | null {
  const answer = parseAnswer(raw, nonce)
  if (answer.sections.size === 0) return null
  const ours = oursOf(answer)
  const modules = new Set(linesOf(sectionOf(answer, 'modules')))
  const persisted = new Set(linesOf(sectionOf(answer, 'persisted')).map((line) => moduleKey(line)))
  return {
    user,
    root,
    groups: (ours.first('groups') ?? '').split(' ').filter((group) => /^[\w.-]{1,32}$/.test(group)),
    hasLibvirtGroup: ours.has('group', 'libvirt'),
    hasTool: (tool) => ours.has('tool', tool),
    module: (name) => ({
      loaded: modules.has(`loaded=${name}`),
      builtin: modules.has(`builtin=${name}`),
      available: modules.has(`available=${name}`),
      persisted: persisted.has(name),
    }),
    unit: parseServices(answer),
    bridgeSettings: fileLinesOf(sectionOf(answer, 'bridge-settings')),
    hasImagesDirectory: ours.has('directory', '/var/lib/libvirt/images'),
    underway: ours.all('underway').filter((unit) => /^drawbridge-prepare-[0-9a-f]{16}$/.test(unit)),
  }
}

/** The kernel takes `-` and `_` in module names for the same. */
const moduleKey = (line: string): string => (line.trim().split(/\s/)[0] ?? '').replaceAll('-', '_')
