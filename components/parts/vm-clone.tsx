'use client'
import { useTranslations } from 'next-intl'
import { useId, useState } from 'react'
import { Button, ButtonLink } from '@/components/ui/button.tsx'
import { Dialog } from '@/components/ui/dialog.tsx'
import { Checkbox, RadioCards, SelectField, TextField } from '@/components/ui/field.tsx'
import { unplaced } from '@/components/ui/form-problem.ts'
import { Notice } from '@/components/ui/notice.tsx'
import type { StartedVm } from '@/lib/contract/vm-create.ts'
import type { Vm } from '@/lib/contract/vms.ts'
import { suggestVmName } from '@/lib/vm/suggest-vm-name.ts'
import { useMe } from '@/lib/wire/queries.ts'
import { useChoices, useCloneVm } from '@/lib/wire/vm-create.ts'
import { useVms } from '@/lib/wire/vms.ts'
import { JobProgress } from './job-progress.tsx'
import { ProblemNotice } from './problem-notice.tsx'
import { fieldMessage } from './vm-form/field-message.ts'

interface Props {
  vm: Vm
  open: boolean
  onClose: () => void
}

/** A second VM with the disks of this one: copied, or what differs only. */
export function VmClone({ open, ...props }: Props) {
  return open && <Opened {...props} />
}

const shownFields = ['name', 'mode', 'pool', 'start']

function Opened({ vm, onClose }: Omit<Props, 'open'>) {
  const t = useTranslations('vm-create')
  const ui = useTranslations('ui')
  const formId = useId()
  const refused = useMe().data?.refusals['vm.create'] ?? null
  const reason = refused ?? (vm.state === 'shut-off' ? null : t('shutDownFirst'))
  const known = useVms(null).data?.items ?? []
  const pools = useChoices(vm.host.id).data?.items[0]?.pools.filter(({ active }) => active) ?? []
  const suggested = suggestVmName(
    `${vm.name}-clone`,
    known.map(({ name }) => name),
  )
  const [typed, setTyped] = useState<string | null>(null)
  const [mode, setMode] = useState<'full' | 'linked'>('full')
  const [pool, setPool] = useState('')
  const [start, setStart] = useState(false)
  const clone = useCloneVm()
  const failure = unplaced(clone.error, shownFields)
  if (clone.data !== undefined) return <Started started={clone.data} onClose={onClose} />
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={t('cloneTitle', { vm: vm.name })}
      description={t('cloneLead')}
      footer={
        <>
          <Button onClick={onClose}>{ui('cancel')}</Button>
          <Button type="submit" form={formId} variant="primary" pending={clone.isPending} disabledReason={reason}>
            {t('clone')}
          </Button>
        </>
      }
    >
      <form
        id={formId}
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          clone.mutate({
            vm: vm.id,
            clone: { name: (typed ?? suggested).trim(), mode, pool: pool === '' ? null : pool, start },
          })
        }}
      >
        <TextField
          label={t('name')}
          mono
          value={typed ?? suggested}
          error={fieldMessage(clone.error, 'name')}
          onChange={({ target }) => setTyped(target.value)}
        />
        <RadioCards
          stacked
          label={t('cloneMode')}
          name="mode"
          value={mode}
          onChange={setMode}
          options={(['full', 'linked'] as const).map((value) => ({
            value,
            label: t(`cloneModes.${value}`),
            hint: t(`cloneModeHints.${value}`, { vm: vm.name }),
          }))}
        />
        <SelectField
          label={t('clonePool')}
          value={pool}
          error={fieldMessage(clone.error, 'pool')}
          options={[
            { value: '', label: t('besideOriginals') },
            ...pools.map(({ name }) => ({ value: name, label: name })),
          ]}
          onChange={({ target }) => setPool(target.value)}
        />
        <Checkbox label={t('startIt')} checked={start} onChange={({ target }) => setStart(target.checked)} />
        <Notice tone="off" title={t('cloneIdentity')}>
          {t('cloneIdentityText')}
        </Notice>
        {reason !== null && <Notice tone="warn" title={reason} />}
        {failure !== null && <ProblemNotice error={failure} />}
      </form>
    </Dialog>
  )
}

/** The job that makes it, and what to know of what comes out. */
function Started({ started: { job, vm, notes }, onClose }: { started: StartedVm; onClose: () => void }) {
  const t = useTranslations('vm-create')
  const ui = useTranslations('ui')
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={t('making', { vm: vm.name })}
      footer={<Button onClick={onClose}>{ui('close')}</Button>}
    >
      <JobProgress
        id={job.id}
        done={() => (
          <span>
            <ButtonLink variant="primary" href={`/vms/${vm.id}/overview`} onClick={onClose}>
              {t('openVm', { vm: vm.name })}
            </ButtonLink>
          </span>
        )}
      />
      {notes.length > 0 && (
        <ul className="flex list-disc flex-col gap-1 pl-4 text-ink-2">
          {notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
    </Dialog>
  )
}
