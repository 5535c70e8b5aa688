'use client'
import { useTranslations } from 'next-intl'
import { parseAsString, useQueryStates } from 'nuqs'
import { JobProgress } from '@/components/parts/job-progress.tsx'
import { Button, ButtonLink } from '@/components/ui/button.tsx'
import type { StartedVm } from '@/lib/contract/vm-create.ts'

/** The job that makes the VM stands in the page's address: loading the page again shows it again. */
export function useMaking() {
  const [{ job, vm }, set] = useQueryStates({ job: parseAsString, vm: parseAsString })
  return {
    making: job === null || vm === null ? null : { job, vm },
    begun: ({ job: { id }, vm: made }: StartedVm) => void set({ job: id, vm: made.id }),
    back: () => void set({ job: null, vm: null }),
  }
}

/** Its steps as they go, and then the way to the VM. */
export function Making({ job, vm, onBack }: { job: string; vm: string; onBack: () => void }) {
  const t = useTranslations('vm-create')
  const base = `/vms/${encodeURIComponent(vm)}`
  return (
    <div className="max-w-160">
      <JobProgress
        id={job}
        done={() => (
          <div className="flex flex-wrap gap-2">
            <ButtonLink variant="primary" href={`${base}/overview`}>
              {t('toVm')}
            </ButtonLink>
            <ButtonLink href={`${base}/console`}>{t('toConsole')}</ButtonLink>
            <Button variant="quiet" onClick={onBack}>
              {t('another')}
            </Button>
          </div>
        )}
        failed={() => (
          <span>
            <Button onClick={onBack}>{t('backToForm')}</Button>
          </span>
        )}
      />
    </div>
  )
}
