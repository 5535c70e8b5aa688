import { VmDisks } from './disks.tsx'

export default function VmDisksPage() {
  return <VmDisks />
}
