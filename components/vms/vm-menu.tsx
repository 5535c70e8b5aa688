'use client'
import { useTranslations } from 'next-intl'
import { type ReactNode, useState } from 'react'
import { VmClone } from '@/components/parts/vm-clone.tsx'
import { VmDelete } from '@/components/parts/vm-delete.tsx'
import { VmMigrate } from '@/components/parts/vm-migrate.tsx'
import { VmTemplate } from '@/components/parts/vm-template.tsx'
import type { MenuItem } from '@/components/ui/menu.tsx'
import type { Vm } from '@/lib/contract/vms.ts'
import type { PowerAction } from '@/lib/vm/power.ts'
import { useMe } from '@/lib/wire/queries.ts'
import { usePower, usePowerItems } from './power.tsx'

const undertakings = ['clone', 'template', 'migrate', 'delete'] as const
type Undertaking = (typeof undertakings)[number]
const needs = {
  clone: 'vm.create',
  template: 'preset.manage',
  migrate: 'vm.migrate',
  delete: 'vm.remove',
} as const

/** All that can be done with a VM, for a menu; `dialogs` stand beside it. */
export function useVmMenu(): {
  groupsOf: (vm: Vm) => MenuItem[][]
  run: (vm: Vm, action: PowerAction) => void
  pending: PowerAction | null
  dialogs: ReactNode
} {
  const t = useTranslations('vms')
  const refusals = useMe().data?.refusals
  const power = usePower()
  const itemsOf = usePowerItems(power.run)
  const [open, setOpen] = useState<{ vm: Vm; what: Undertaking } | null>(null)
  const close = () => setOpen(null)
  const item = (vm: Vm, what: Undertaking): MenuItem => ({
    label: t(`undertakings.${what}`),
    danger: what === 'delete',
    disabledReason: refusals?.[needs[what]] ?? vm.gap,
    onSelect: () => setOpen({ vm, what }),
  })
  return {
    groupsOf: (vm) => [
      ...itemsOf(vm),
      [item(vm, 'clone'), item(vm, 'template'), item(vm, 'migrate')],
      [item(vm, 'delete')],
    ],
    run: power.run,
    pending: power.pending,
    dialogs: (
      <>
        {power.dialog}
        {open?.what === 'clone' && <VmClone vm={open.vm} open onClose={close} />}
        {open?.what === 'template' && <VmTemplate vm={open.vm} open onClose={close} />}
        {open?.what === 'migrate' && <VmMigrate vm={open.vm} open onClose={close} />}
        {open?.what === 'delete' && <VmDelete vm={open.vm} open onClose={close} />}
      </>
    ),
  }
}
