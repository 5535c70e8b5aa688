'use client'
import { useTranslations } from 'next-intl'
import { useState } from 'react'
import { ProblemNotice } from '@/components/parts/problem-notice.tsx'
import { Button } from '@/components/ui/button.tsx'
import { Confirm } from '@/components/ui/confirm.tsx'
import { Menu } from '@/components/ui/menu.tsx'
import { Notice } from '@/components/ui/notice.tsx'
import type { BulkResult } from '@/lib/contract/vm-power.ts'
import type { Vm } from '@/lib/contract/vms.ts'
import type { PowerAction } from '@/lib/vm/power.ts'
import { referenceOf, usePowerVms } from '@/lib/wire/vm-power.ts'
import { asksFirst, usePowerReason } from './power.tsx'

const shown = ['start', 'shutdown'] as const
const further = ['reboot', 'suspend', 'resume', 'save', 'reset', 'destroy'] as const

/** What can be done with all ticked VMs at once, and what came of it. It stays in view while a long list is read. */
export function BulkBar({ vms, onClear }: { vms: readonly Vm[]; onClear: () => void }) {
  const t = useTranslations('vms')
  const reasonOf = usePowerReason()
  const power = usePowerVms()
  const [asked, setAsked] = useState<PowerAction | null>(null)
  const [progress, setProgress] = useState({ done: 0, of: 0 })
  const [told, setTold] = useState<{ action: PowerAction; result: BulkResult; names: Map<string, string> } | null>(null)
  const act = (action: PowerAction) => {
    setTold(null)
    const names = new Map(vms.map((vm) => [referenceOf(vm), vm.name]))
    // What is as wanted already needs nothing; a VM that changes meanwhile is told of.
    const meant = vms.filter((vm) => reasonOf(vm, action) === null)
    power.mutate(
      { vms: meant, action, onProgress: (done) => setProgress({ done, of: meant.length }) },
      {
        onSuccess: (result) => {
          setTold({ action, result, names })
          setAsked(null)
          onClear()
        },
      },
    )
  }
  const begin = (action: PowerAction) => (asksFirst(action) ? setAsked(action) : act(action))
  /** One sentence when it can be done with none of them. */
  const reasonFor = (action: PowerAction): string | null => {
    const reasons = vms.map((vm) => reasonOf(vm, action))
    return reasons.includes(null) ? null : (reasons[0] ?? null)
  }
  const count = (action: PowerAction) => vms.filter((vm) => reasonOf(vm, action) === null).length
  if (vms.length === 0 && told === null && power.error === null) return null
  return (
    <div className="sticky bottom-0 z-10 mt-2 flex flex-col gap-2 bg-canvas py-2">
      {told !== null && <Told {...told} onClose={() => setTold(null)} />}
      {power.error !== null && asked === null && <ProblemNotice error={power.error} />}
      {vms.length > 0 && (
        <div
          role="group"
          aria-label={t('bulk.label')}
          className="flex flex-wrap items-center gap-2 rounded-base border border-line-strong bg-raised px-3 py-2"
        >
          <span className="mr-2 font-bold">{t('bulk.selected', { count: vms.length })}</span>
          {power.isPending && progress.done > 0 && (
            <span role="status" className="figures text-ink-2">
              {t('bulk.progress', progress)}
            </span>
          )}
          {shown.map((action) => (
            <Button
              key={action}
              disabledReason={reasonFor(action)}
              pending={power.isPending && power.variables.action === action}
              onClick={() => begin(action)}
            >
              {t(`bulk.actions.${action}`, { count: count(action) })}
            </Button>
          ))}
          <Menu
            trigger={<Button>{t('bulk.more')}</Button>}
            groups={[
              further.map((action) => ({
                label: t(`bulk.actions.${action}`, { count: count(action) }),
                danger: asksFirst(action),
                disabledReason: reasonFor(action),
                onSelect: () => begin(action),
              })),
            ]}
          />
          <span className="ml-auto">
            <Button variant="quiet" onClick={onClear}>
              {t('bulk.clear')}
            </Button>
          </span>
        </div>
      )}
      {asked !== null && asksFirst(asked) && (
        <Confirm
          title={t(`bulk.ask.${asked === 'reset' ? 'reset' : 'destroy'}`, { count: count(asked) })}
          description={t(`ask.${asked}.text`)}
          action={t(`ask.${asked}.action`)}
          pending={power.isPending}
          onConfirm={() => act(asked)}
          onClose={() => setAsked(null)}
        >
          <p className="text-ink-2">
            {vms
              .filter((vm) => reasonOf(vm, asked) === null)
              .map(({ name }) => name)
              .join(', ')}
          </p>
          {power.error !== null && <ProblemNotice error={power.error} />}
        </Confirm>
      )}
    </div>
  )
}

function Told({
  action,
  result: { items, done, failed },
  names,
  onClose,
}: {
  action: PowerAction
  result: BulkResult
  names: ReadonlyMap<string, string>
  onClose: () => void
}) {
  const t = useTranslations('vms')
  return (
    <Notice
      tone={failed === 0 ? 'ok' : 'bad'}
      title={t(action === 'save' ? 'bulk.begun' : 'bulk.told', { action: t(`actions.${action}`), done, failed })}
      action={<Button onClick={onClose}>{t('bulk.close')}</Button>}
    >
      {failed > 0 && (
        <ul className="max-h-40 overflow-y-auto">
          {items
            .filter(({ problem }) => problem !== null)
            .map(({ vm, problem }) => (
              <li key={vm}>
                <span className="font-bold">{names.get(vm) ?? vm}</span>: {problem?.title}
              </li>
            ))}
        </ul>
      )}
    </Notice>
  )
}
