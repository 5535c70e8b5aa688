import { profileFolders } from './networkmanager-profiles.ts'
import { readProfiles } from './networkmanager-read.ts'
import { applyProfiles, undoProfiles } from './networkmanager-steps.ts'
import { writeProfiles } from './networkmanager-write.ts'
import type { BackEndDriver } from '../back-end.ts'

/** NetworkManager's keyfiles. */
export const networkmanager: BackEndDriver = {
  id: 'networkmanager',
  globs: profileFolders.map((folder) => `${folder}/*`),
  read: readProfiles,
  write: writeProfiles,
  check: () => [],
  apply: applyProfiles,
  undo: undoProfiles,
  outageMs: () => [30, 1100],
}
