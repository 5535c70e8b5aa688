'use client'
import { useTranslations } from 'next-intl'
import { useState } from 'react'
import { ProblemNotice, useProblemToast } from '@/components/parts/problem-notice.tsx'
import { Confirm } from '@/components/ui/confirm.tsx'
import type { MenuItem } from '@/components/ui/menu.tsx'
import { useToast } from '@/components/ui/toast.tsx'
import type { Vm } from '@/lib/contract/vms.ts'
import { powerRefusal, type PowerAction } from '@/lib/vm/power.ts'
import { useMe } from '@/lib/wire/queries.ts'
import { usePowerVm } from '@/lib/wire/vm-power.ts'

/** What loses something that cannot be had again is asked about first. */
export const asksFirst = (action: PowerAction): action is 'destroy' | 'reset' | 'discard-saved' =>
  action === 'destroy' || action === 'reset' || action === 'discard-saved'

/** Why an action cannot be done to this VM by this person, as the API would say it, or null. */
export function usePowerReason(): (vm: Vm, action: PowerAction) => string | null {
  const t = useTranslations('vms')
  const role = useMe().data?.refusals['vm.power'] ?? null
  return (vm, action) => {
    if (role !== null) return role
    if (vm.gap !== null) return vm.gap
    if (vm.doing !== null && (action !== 'destroy' || vm.doing === 'destroy')) return t('busy')
    const reason = powerRefusal(action, vm)
    return reason === null ? null : t(`powerReasons.${reason}`)
  }
}

export interface AskedPower {
  vm: Vm
  action: PowerAction
}

/** Does it, or asks first; mount `asked` where a dialog may stand. */
export function usePower(): {
  run: (vm: Vm, action: PowerAction) => void
  pending: PowerAction | null
  dialog: React.ReactNode
} {
  const t = useTranslations('vms')
  const toast = useToast()
  const failed = useProblemToast()
  const power = usePowerVm()
  const [asked, setAsked] = useState<AskedPower | null>(null)
  const act = ({ vm, action }: AskedPower) =>
    power.mutate(
      { vm, action },
      {
        onSuccess: () => {
          toast('ok', t(`did.${action}`, { vm: vm.name }))
          setAsked(null)
        },
        onError: (error) => {
          if (!asksFirst(action)) failed(error)
        },
      },
    )
  return {
    run: (vm, action) => {
      power.reset()
      if (asksFirst(action)) setAsked({ vm, action })
      else act({ vm, action })
    },
    pending: power.isPending ? power.variables.action : null,
    dialog: asked !== null && asksFirst(asked.action) && (
      <Confirm
        title={t(`ask.${asked.action}.title`, { vm: asked.vm.name })}
        description={t(`ask.${asked.action}.text`)}
        action={t(`ask.${asked.action}.action`)}
        pending={power.isPending}
        onConfirm={() => act(asked)}
        onClose={() => setAsked(null)}
      >
        {power.error !== null && <ProblemNotice error={power.error} />}
      </Confirm>
    ),
  }
}

/** The actions of a menu: what asks the guest, what stops it for a while, what does not ask it. */
export function usePowerItems(run: (vm: Vm, action: PowerAction) => void): (vm: Vm) => MenuItem[][] {
  const t = useTranslations('vms')
  const reasonOf = usePowerReason()
  return (vm) => {
    const item = (action: PowerAction, danger = false): MenuItem => ({
      label: action === 'start' && vm.hasSavedState ? t('actions.startSaved') : t(`actions.${action}`),
      danger,
      disabledReason: reasonOf(vm, action),
      onSelect: () => run(vm, action),
    })
    return [
      [item('start'), item('shutdown'), item('reboot')],
      [item('suspend'), item('resume'), item('save'), ...(vm.hasSavedState ? [item('discard-saved')] : [])],
      [item('reset', true), item('destroy', true)],
    ]
  }
}
