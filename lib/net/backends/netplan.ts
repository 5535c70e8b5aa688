import type { BackEndDriver, Transition } from '../back-end.ts'
import { candidate, type Step } from '../change.ts'
import { cloudInitGlobs, dropInFolder, netplanFolders } from './netplan-files.ts'
import { readNetplan } from './netplan-read.ts'
import { writeNetplan } from './netplan-write.ts'
import { applyNetworkd, undoNetworkd } from './networkd-steps.ts'

const generate: Step = { kind: 'run', argv: ['netplan', 'generate'], timeoutSeconds: 30 }

/** netplan over networkd. `netplan apply` would stop and start more than it needs: its generator and a reload do. */
export const netplan: BackEndDriver = {
  id: 'netplan',
  globs: [
    ...netplanFolders.map((folder) => `${folder}/*.yaml`),
    `${dropInFolder}/10-netplan-*.d/*.conf`,
    ...cloudInitGlobs,
  ],
  read: readNetplan,
  write: writeNetplan,
  check: () => [{ kind: 'run', argv: ['netplan', 'generate', '--root-dir', candidate], timeoutSeconds: 30 }],
  apply: (transition: Transition) => applyNetworkd(transition, [generate]),
  undo: (transition: Transition) => undoNetworkd(transition, [{ ...generate, mayFail: true }]),
  outageMs: () => [0, 100],
}
