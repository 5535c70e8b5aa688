/** Begins a change and keeps it as soon as it is applied, until it is killed. Stdin: { target, change, token }. */
import { readFileSync } from 'node:fs'
import { beginChange, confirmChange, readMarker } from '../../lib/host/commit.ts'
import { sha256 } from '../../lib/host/commit-bundle.ts'
import type { HostChange } from '../../lib/net/change.ts'
import { openSession } from '../../lib/ssh/session.ts'
import type { HostTarget } from '../../lib/ssh/target.ts'

const { target, change, token } = JSON.parse(readFileSync(0, 'utf8')) as {
  target: HostTarget
  change: HostChange
  token: string
}
const opened = await openSession(target)
if (!opened.ok) throw new Error(opened.error.title)
await beginChange(opened.value, change, sha256(token))
for (;;) {
  const marker = await readMarker(opened.value, change.id)
  if (!marker.ok) throw new Error(marker.error.title)
  if (marker.value.state !== 'applying') break
}
await confirmChange(opened.value, change.id, token)
opened.value.close()
