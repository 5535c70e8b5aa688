import type { TuningCheck } from './check.ts'
import { command } from './command.ts'

/** May the user talk to libvirt without sudo? */
export const groups: TuningCheck = {
  id: 'groups',
  title: 'User in the group libvirt',
  why: 'Members of this group reach libvirt’s socket directly (1–2 ms a question); everyone else goes through sudo, a hundred times slower.',
  evaluate: ({ preparation: { root, user, groups: memberships, hasLibvirtGroup } }) => {
    if (root.kind === 'is-root') return { state: 'not-needed', evidence: 'Drawbridge signs in as root.' }
    if (memberships.includes('libvirt')) return { state: 'ok', evidence: `${user} is in the group libvirt.` }
    return hasLibvirtGroup
      ? { state: 'missing', evidence: `${user} is not in the group libvirt.` }
      : { state: 'unknown', evidence: 'There is no group libvirt on this host; it comes with libvirt.' }
  },
  fix: ({ preparation: { user, hasLibvirtGroup } }) =>
    hasLibvirtGroup
      ? {
          sentence: `Put ${user} into the group libvirt; it counts from the next connection on.`,
          commands: [command('usermod', '-a', '-G', 'libvirt', user)],
        }
      : null,
}
