'use client'
import { useTranslations } from 'next-intl'
import { useMemo } from 'react'
import { useActions } from '@/components/shell/actions.tsx'
import { Time, useNow } from '@/components/parts/time.tsx'
import { Button, IconButton } from '@/components/ui/button.tsx'
import { Menu } from '@/components/ui/menu.tsx'
import { Notice } from '@/components/ui/notice.tsx'
import type { Vm } from '@/lib/contract/vms.ts'
import { powerActions, primaryAction } from '@/lib/vm/power.ts'
import { asksFirst, usePower, usePowerReason } from './power.tsx'
import { useVmMenu } from './vm-menu.tsx'

/** What one most likely wants, and all the rest behind it; also in the palette. */
export function VmActions({ vm }: { vm: Vm }) {
  const t = useTranslations('vms')
  const menu = useVmMenu()
  const reasonOf = usePowerReason()
  const first = primaryAction(vm)
  const { run } = menu
  const offered = powerActions.filter((action) => action !== 'discard-saved' || vm.hasSavedState)
  const reasons = JSON.stringify(offered.map((action) => reasonOf(vm, action)))
  const offers = useMemo(
    () => {
      const known = JSON.parse(reasons) as (string | null)[]
      return offered.map((action, index) => ({
        label: t('paletteAction', { vm: vm.name, action: t(`actions.${action}`) }),
        run: () => run(vm, action),
        disabledReason: known[index] ?? null,
      }))
    },
    // Offered anew only when what can be done differs: the VM and the functions are new with each reading.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
    [t, vm.name, vm.id, reasons],
  )
  useActions(offers)
  return (
    <>
      <Button
        variant={first === 'start' || first === 'resume' ? 'primary' : asksFirst(first) ? 'danger' : 'plain'}
        disabledReason={reasonOf(vm, first)}
        pending={menu.pending === first}
        onClick={() => run(vm, first)}
      >
        {first === 'start' && vm.hasSavedState ? t('actions.startSaved') : t(`actions.${first}`)}
      </Button>
      <Menu trigger={<IconButton label={t('actionsOf', { vm: vm.name })}>⋯</IconButton>} groups={menu.groupsOf(vm)} />
      {menu.dialogs}
    </>
  )
}

/** That QEMU itself hangs: what that may come from, and the way out. */
export function Silent({ vm }: { vm: Vm }) {
  const t = useTranslations('vms')
  const power = usePower()
  const reasonOf = usePowerReason()
  const { notRespondingSince: since } = vm
  if (since === null) return null
  return (
    <div className="mb-4">
      <Notice
        tone="bad"
        title={t('silent')}
        action={
          <Button variant="danger" disabledReason={reasonOf(vm, 'destroy')} onClick={() => power.run(vm, 'destroy')}>
            {t('ask.destroy.action')}
          </Button>
        }
      >
        {t.rich('silentText', { since: () => <Time at={since} length="clock" /> })}
      </Notice>
      {power.dialog}
    </div>
  )
}

// A guest that stops its services one by one takes this long; one that has not by then will probably not.
const patienceMs = 60_000

/** That a guest which was asked to shut down has not done so, and the way out. */
export function Unheard({ vm }: { vm: Vm }) {
  const t = useTranslations('vms')
  const power = usePower()
  const reasonOf = usePowerReason()
  const now = useNow()
  const askedAt = vm.shutdownAskedAt === null ? null : Date.parse(vm.shutdownAskedAt)
  if (askedAt === null || vm.notRespondingSince !== null || vm.state === 'shut-off' || now - askedAt < patienceMs)
    return null
  return (
    <div className="mb-4">
      <Notice
        tone="warn"
        title={t('unheard', { seconds: Math.floor((now - askedAt) / 1000) })}
        action={
          <Button variant="danger" disabledReason={reasonOf(vm, 'destroy')} onClick={() => power.run(vm, 'destroy')}>
            {t('ask.destroy.action')}
          </Button>
        }
      >
        {t('unheardText')}
      </Notice>
      {power.dialog}
    </div>
  )
}
