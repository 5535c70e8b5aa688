import { profileFolders } from './networkmanager-profiles.ts'
import { readProfiles } from './networkmanager-read.ts'
import { applyProfiles, undoProfiles } from './networkmanager-steps.ts'
import { writeProfiles } from './networkmanager-write.ts'
import type { BackEndDriver } from '../back-end.ts'

/** NetworkManager's keyfiles. */
export const networkmanager: BackEndDriver = {
  id: 'networkmanager',
  // In /run NetworkManager also keeps a profile for each tap and foreign bridge, which comes and goes with VMs.
  globs: profileFolders.map((folder) => `${folder}/${folder.startsWith('/run/') ? 'netplan-*' : '*'}`),
  read: readProfiles,
  write: writeProfiles,
  check: () => [],
  apply: applyProfiles,
  undo: undoProfiles,
  // Static IPv4 lost 21–23 pings at 10 ms when counting ended 0.3 s after the change, none when it ended 2 s after; with
  // DHCP 1–3. IPv6 lost 15–95: it waits for the check for duplicates on the new bridge.
  outageMs: () => [0, 1100],
}
