'use client'
import { useTranslations } from 'next-intl'
import { ProblemNotice } from '@/components/parts/problem-notice.tsx'
import { Button } from '@/components/ui/button.tsx'
import { useMe } from '@/lib/wire/queries.ts'
import { usePowerVm } from '@/lib/wire/vm-power.ts'
import { useCurrentVm } from '../current-vm.tsx'

export function StartVm() {
  const t = useTranslations('vm-console')
  const vm = useCurrentVm()
  const power = usePowerVm()
  const reason = useMe().data?.refusals['vm.power'] ?? vm.gap
  return (
    <div className="flex flex-col gap-3">
      <Button
        variant="primary"
        className="self-start"
        disabledReason={reason}
        pending={power.isPending}
        onClick={() => power.mutate({ vm, action: 'start' })}
      >
        {t('start')}
      </Button>
      {power.error !== null && <ProblemNotice error={power.error} />}
    </div>
  )
}
