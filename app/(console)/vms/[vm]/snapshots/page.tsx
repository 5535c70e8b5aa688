import { Snapshots } from './snapshots.tsx'

export default function SnapshotsPage() {
  return <Snapshots />
}
