'use client'
import { useTranslations } from 'next-intl'
import { useId, useState } from 'react'
import { ProblemNotice } from '@/components/parts/problem-notice.tsx'
import { BootFields } from '@/components/parts/vm-form/boot-fields.tsx'
import { CloudInitFields } from '@/components/parts/vm-form/cloud-init-fields.tsx'
import { ConsoleFields } from '@/components/parts/vm-form/console-fields.tsx'
import { CpuFields } from '@/components/parts/vm-form/cpu-fields.tsx'
import { DiskFields } from '@/components/parts/vm-form/disk-fields.tsx'
import { fieldMessage } from '@/components/parts/vm-form/field-message.ts'
import { GeneralFields } from '@/components/parts/vm-form/general-fields.tsx'
import { NicFields } from '@/components/parts/vm-form/nic-fields.tsx'
import { useTypedForm, useVmFormState } from '@/components/parts/vm-form/use-vm-form-state.ts'
import { VmFormProvider } from '@/components/parts/vm-form/vm-form-context.tsx'
import { Button } from '@/components/ui/button.tsx'
import { SidePanel } from '@/components/ui/dialog.tsx'
import { TextAreaField, TextField } from '@/components/ui/field.tsx'
import { useToast } from '@/components/ui/toast.tsx'
import type { Preset } from '@/lib/contract/presets.ts'
import { presetSpecOf, vmFormOf } from '@/lib/vm/create-form.ts'
import { mergeChoices } from '@/lib/vm/merge-choices.ts'
import { ProblemError } from '@/lib/wire/problem-error.ts'
import { useChoices, useEditPreset, useMakePreset } from '@/lib/wire/vm-create.ts'

/** A preset as a form: the settings of a VM, without what only one VM has. @param preset null: a new one */
export function PresetPanel({
  preset,
  readOnly = null,
  onClose,
}: {
  preset: Preset | null
  /** Why it can only be looked at. */
  readOnly?: string | null
  onClose: () => void
}) {
  const t = useTranslations('vm-create')
  const ui = useTranslations('ui')
  const formId = useId()
  const toast = useToast()
  const [name, setName] = useState(preset?.name ?? '')
  const [description, setDescription] = useState(preset?.description ?? '')
  const typed = useTypedForm(vmFormOf(preset?.spec ?? null, { name: '', host: '' }))
  const { spec, errors } = presetSpecOf(typed.form)
  const make = useMakePreset()
  const edit = useEditPreset()
  const hosts = useChoices(null).data?.items ?? []
  const error = make.error ?? edit.error
  const refused = (error instanceof ProblemError ? error.fields : []).map(({ field, message }) => ({
    field: field.replace(/^spec\./, ''),
    message,
  }))
  const state = useVmFormState(typed, errors, refused, { choices: mergeChoices(hosts), isPreset: true })
  const saved = () => {
    toast('ok', t('presetSaved', { name }))
    onClose()
  }
  return (
    <SidePanel
      open
      wide
      onOpenChange={onClose}
      title={preset === null ? t('newPreset') : t('editPreset', { name: preset.name })}
      description={t('presetLead')}
      footer={
        <>
          <Button onClick={onClose}>{ui('cancel')}</Button>
          <Button
            type="submit"
            form={formId}
            variant="primary"
            pending={make.isPending || edit.isPending}
            disabledReason={readOnly ?? (errors[0] === undefined ? null : t(errors[0].code))}
          >
            {ui('save')}
          </Button>
        </>
      }
    >
      <VmFormProvider value={state}>
        <form
          id={formId}
          noValidate
          className="flex flex-col gap-7"
          onSubmit={(event) => {
            event.preventDefault()
            if (readOnly !== null || errors.length > 0) return
            const wanted = { name: name.trim(), description: description.trim(), spec }
            if (preset === null) make.mutate(wanted, { onSuccess: saved })
            else edit.mutate({ preset: preset.id, edit: wanted }, { onSuccess: saved })
          }}
        >
          <div className="flex flex-col gap-4">
            <TextField
              label={t('presetName')}
              value={name}
              error={fieldMessage(error, 'name')}
              onChange={({ target }) => setName(target.value)}
            />
            <TextAreaField
              label={t('description')}
              rows={2}
              value={description}
              error={fieldMessage(error, 'description')}
              onChange={({ target }) => setDescription(target.value)}
            />
          </div>
          <CpuFields />
          <DiskFields />
          <NicFields />
          <BootFields />
          <CloudInitFields />
          <ConsoleFields />
          <GeneralFields />
          {error !== null && <ProblemNotice error={error} />}
        </form>
      </VmFormProvider>
    </SidePanel>
  )
}
