'use client'
import { useTranslations } from 'next-intl'
import { useId, useState } from 'react'
import { Button, ButtonLink } from '@/components/ui/button.tsx'
import { Dialog } from '@/components/ui/dialog.tsx'
import { SelectField, TextAreaField, TextField } from '@/components/ui/field.tsx'
import { unplaced } from '@/components/ui/form-problem.ts'
import { Notice } from '@/components/ui/notice.tsx'
import type { Vm } from '@/lib/contract/vms.ts'
import { useMe } from '@/lib/wire/queries.ts'
import { useChoices, useTemplateVm } from '@/lib/wire/vm-create.ts'
import { JobProgress } from './job-progress.tsx'
import { ProblemNotice } from './problem-notice.tsx'
import { fieldMessage } from './vm-form/field-message.ts'

interface Props {
  vm: Vm
  open: boolean
  onClose: () => void
}

/** A preset and an image out of this VM, which itself stays as it is. */
export function VmTemplate({ open, ...props }: Props) {
  return open && <Opened {...props} />
}

const shownFields = ['name', 'description', 'pool']

function Opened({ vm, onClose }: Omit<Props, 'open'>) {
  const t = useTranslations('vm-create')
  const ui = useTranslations('ui')
  const formId = useId()
  const refused = useMe().data?.refusals['preset.manage'] ?? null
  const reason = refused ?? (vm.state === 'shut-off' ? null : t('shutDownFirst'))
  const pools = useChoices(vm.host.id).data?.items[0]?.pools.filter(({ active }) => active) ?? []
  const [name, setName] = useState(vm.name)
  const [description, setDescription] = useState('')
  const [pool, setPool] = useState('')
  const template = useTemplateVm()
  const failure = unplaced(template.error, shownFields)
  if (template.data !== undefined)
    return (
      <Dialog
        open
        onOpenChange={onClose}
        title={t('making', { vm: name })}
        footer={<Button onClick={onClose}>{ui('close')}</Button>}
      >
        <JobProgress
          id={template.data.job.id}
          done={() => (
            <span>
              <ButtonLink variant="primary" href="/settings/presets" onClick={onClose}>
                {t('toPresets')}
              </ButtonLink>
            </span>
          )}
        />
      </Dialog>
    )
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={t('templateTitle', { vm: vm.name })}
      description={t('templateLead')}
      footer={
        <>
          <Button onClick={onClose}>{ui('cancel')}</Button>
          <Button type="submit" form={formId} variant="primary" pending={template.isPending} disabledReason={reason}>
            {t('template')}
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
          template.mutate({
            vm: vm.id,
            template: { name: name.trim(), description: description.trim(), pool: pool === '' ? null : pool },
          })
        }}
      >
        <TextField
          label={t('presetName')}
          value={name}
          error={fieldMessage(template.error, 'name')}
          onChange={({ target }) => setName(target.value)}
        />
        <TextAreaField
          label={t('description')}
          rows={2}
          value={description}
          error={fieldMessage(template.error, 'description')}
          onChange={({ target }) => setDescription(target.value)}
        />
        <SelectField
          label={t('imagePool')}
          value={pool}
          error={fieldMessage(template.error, 'pool')}
          options={[
            { value: '', label: t('besideOriginals') },
            ...pools.map(({ name: one }) => ({ value: one, label: one })),
          ]}
          onChange={({ target }) => setPool(target.value)}
        />
        <Notice tone="off" title={t('templateIdentity')}>
          {t('templateIdentityText')}
        </Notice>
        {reason !== null && <Notice tone="warn" title={reason} />}
        {failure !== null && <ProblemNotice error={failure} />}
      </form>
    </Dialog>
  )
}
