import type { TuningCheck } from './check.ts'

/** May Drawbridge do what only root may? */
export const rootRights: TuningCheck = {
  id: 'sudo',
  title: 'Root rights',
  why: 'Changing a host’s network and its packages takes root. Drawbridge signs in as root, or as a user whose sudo asks for no password.',
  evaluate: ({ preparation: { root, user } }) => {
    if (root.kind === 'is-root') return { state: 'not-needed', evidence: 'Drawbridge signs in as root.' }
    return root.kind === 'sudo'
      ? { state: 'ok', evidence: `sudo works for ${user} without a password.` }
      : { state: 'missing', evidence: root.title }
  },
  // The sentence says what to do; who could do it needs what is missing.
  fix: () => null,
}
