import type { BackEndDriver } from '../back-end.ts'
import { folders } from './networkd-files.ts'
import { readNetworkd } from './networkd-read.ts'
import { applyNetworkd, undoNetworkd } from './networkd-steps.ts'
import { writeNetworkd } from './networkd-write.ts'

/** systemd-networkd: .network and .netdev with their drop-ins. */
export const networkd: BackEndDriver = {
  id: 'networkd',
  globs: folders.flatMap((folder) =>
    ['*.network', '*.netdev', '*.network.d/*.conf', '*.netdev.d/*.conf'].map((glob) => `${folder}/${glob}`),
  ),
  read: readNetworkd,
  write: writeNetworkd,
  check: () => [],
  apply: (transition) => applyNetworkd(transition),
  undo: (transition) => undoNetworkd(transition),
  outageMs: () => [0, 100],
}
