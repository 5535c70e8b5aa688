import type { FieldOutcome } from '@/lib/contract/vm-edit.ts'
import type { VmDetail } from '@/lib/contract/vms.ts'
import type { DiskRow } from './disk-rows.ts'

export interface DiskPanelProps {
  vm: VmDetail
  row: DiskRow
  onEdited: (outcome: readonly FieldOutcome[]) => void
  onClose: () => void
}
