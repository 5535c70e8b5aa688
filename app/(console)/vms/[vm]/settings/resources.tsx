'use client'
import { zodResolver } from '@hookform/resolvers/zod'
import { useTranslations } from 'next-intl'
import { useForm, useWatch } from 'react-hook-form'
import * as z from 'zod'
import { Button } from '@/components/ui/button.tsx'
import { Checkbox, TextField } from '@/components/ui/field.tsx'
import { sentenceOf } from '@/components/ui/form-problem.ts'
import type { EditVm } from '@/lib/contract/vm-edit.ts'
import type { VmDetail } from '@/lib/contract/vms.ts'
import { memoryInput, parseMemory } from '@/lib/vm/memory-input.ts'
import { resourceMoments } from '@/lib/vm/when-it-counts.ts'
import { useEditVm } from '@/lib/wire/vm-edit.ts'
import { ProblemError } from '@/lib/wire/problem-error.ts'
import { useCurrentVm } from '../current-vm.tsx'
import { EditProblem, useEditedFrom } from '../edit-problem.tsx'
import { keepFields } from './keep-fields.ts'
import type { SettingsFormProps } from './settings.tsx'

const count = z
  .string()
  .trim()
  .regex(/^[1-9]\d{0,3}$/)
const memory = z.string().refine((text) => parseMemory(text) !== null)
const schema = z
  .object({
    vcpus: count,
    maxVcpus: count,
    hasTopology: z.boolean(),
    sockets: z.string(),
    cores: z.string(),
    threads: z.string(),
    memoryBytes: memory,
    maxMemoryBytes: memory,
  })
  .check(({ value, issues }) => {
    const wrong = (field: keyof typeof value) =>
      issues.push({ code: 'custom', input: value[field], path: [field], message: '' })
    if (Number(value.vcpus) > Number(value.maxVcpus)) wrong('vcpus')
    if ((parseMemory(value.memoryBytes) ?? 0) > (parseMemory(value.maxMemoryBytes) ?? 0)) wrong('memoryBytes')
    const product = Number(value.sockets) * Number(value.cores) * Number(value.threads)
    if (value.hasTopology && product !== Number(value.maxVcpus)) wrong('sockets')
  })
type Form = z.infer<typeof schema>
const fields = Object.keys(schema.shape) as (keyof Form)[]

const formOf = ({ defined, topology }: VmDetail): Form => ({
  vcpus: String(defined.vcpus),
  maxVcpus: String(defined.maxVcpus),
  hasTopology: topology !== null,
  sockets: String(topology?.sockets ?? 1),
  cores: String(topology?.cores ?? defined.maxVcpus),
  threads: String(topology?.threads ?? 1),
  memoryBytes: memoryInput(defined.memoryBytes),
  maxMemoryBytes: memoryInput(defined.maxMemoryBytes),
})

const editOf = (form: Form) => ({
  vcpus: Number(form.vcpus),
  maxVcpus: Number(form.maxVcpus),
  topology: form.hasTopology
    ? { sockets: Number(form.sockets), cores: Number(form.cores), threads: Number(form.threads) }
    : null,
  memoryBytes: parseMemory(form.memoryBytes) ?? 0,
  maxMemoryBytes: parseMemory(form.maxMemoryBytes) ?? 0,
})

/** Only what differs from how it was. */
function changesOf(before: Form, now: Form): EditVm {
  const was = editOf(before)
  return Object.fromEntries(
    Object.entries(editOf(now)).filter(
      ([field, value]) => JSON.stringify(value) !== JSON.stringify(was[field as keyof typeof was]),
    ),
  )
}

export function Resources({ reason, onEdited, own }: SettingsFormProps) {
  const t = useTranslations('vm-edit')
  const vm = useCurrentVm()
  const edit = useEditVm(vm)
  const before = formOf(vm)
  // Follows the VM where nothing was typed.
  const form = useForm<Form>({
    resolver: zodResolver(schema),
    values: before,
    resetOptions: { keepDirtyValues: true },
  })
  const { errors, isDirty } = form.formState
  const { etag, readAgain } = useEditedFrom(vm, isDirty, own)
  const hasTopology = useWatch({ control: form.control, name: 'hasTopology' })
  const isRunning = vm.xml.running !== null
  const label = (text: string, field: 'vcpus' | 'maxVcpus' | 'topology' | 'memoryBytes' | 'maxMemoryBytes') =>
    isRunning ? `${text} · ${t(`moments.${resourceMoments[field].live ? 'now' : 'next-start'}`)}` : text
  const submit = form.handleSubmit((values) =>
    edit.mutate(
      { ...changesOf(before, values), etag },
      {
        onSuccess: (edited) => {
          form.reset(formOf(edited.vm), keepFields)
          onEdited(edited, etag)
        },
        onError: (error) => {
          for (const { field, message } of error instanceof ProblemError ? error.fields : []) {
            const named = fieldOf(field)
            if (named !== null) form.setError(named, { type: 'server', message })
          }
        },
      },
    ),
  )
  return (
    <form noValidate className="flex max-w-140 flex-col gap-4" onSubmit={(event) => void submit(event)}>
      <div className="grid gap-3 phone:grid-cols-2">
        <TextField
          label={label(t('fields.vcpus'), 'vcpus')}
          mono
          inputMode="numeric"
          hint={isRunning && vm.vcpus !== vm.defined.vcpus ? t('runsWith', { value: vm.vcpus }) : t('vcpusHint')}
          error={sentenceOf(errors.vcpus, t('vcpusWrong'))}
          {...form.register('vcpus')}
        />
        <TextField
          label={label(t('fields.maxVcpus'), 'maxVcpus')}
          mono
          inputMode="numeric"
          hint={isRunning && vm.maxVcpus !== vm.defined.maxVcpus ? t('runsWith', { value: vm.maxVcpus }) : t('maxHint')}
          error={sentenceOf(errors.maxVcpus, t('formNumber'))}
          {...form.register('maxVcpus')}
        />
      </div>
      <Checkbox
        label={label(t('setTopology'), 'topology')}
        hint={t('topologyHint')}
        {...form.register('hasTopology')}
      />
      {hasTopology && (
        <div className="grid grid-cols-3 gap-3">
          {(['sockets', 'cores', 'threads'] as const).map((part) => (
            <TextField
              key={part}
              label={t(`topologyParts.${part}`)}
              mono
              inputMode="numeric"
              error={sentenceOf(errors[part], t('topologyWrong'))}
              {...form.register(part)}
            />
          ))}
        </div>
      )}
      <div className="grid gap-3 phone:grid-cols-2">
        <TextField
          label={label(t('fields.memoryBytes'), 'memoryBytes')}
          mono
          hint={
            isRunning && vm.memoryBytes !== vm.defined.memoryBytes
              ? t('runsWith', { value: memoryInput(vm.memoryBytes) })
              : t('memoryHint')
          }
          error={sentenceOf(errors.memoryBytes, t('memoryWrong'))}
          {...form.register('memoryBytes')}
        />
        <TextField
          label={label(t('fields.maxMemoryBytes'), 'maxMemoryBytes')}
          mono
          hint={
            isRunning && vm.maxMemoryBytes !== vm.defined.maxMemoryBytes
              ? t('runsWith', { value: memoryInput(vm.maxMemoryBytes) })
              : t('maxMemoryHint')
          }
          error={sentenceOf(errors.maxMemoryBytes, t('memoryUnread'))}
          {...form.register('maxMemoryBytes')}
        />
      </div>
      <EditProblem error={unplaced(edit.error)} onReadAgain={readAgain} />
      <span>
        <Button type="submit" variant="primary" pending={edit.isPending} disabledReason={reason}>
          {t('saveResources')}
        </Button>
      </span>
    </form>
  )
}

/** The API’s `topology` and what lies below it stand beneath the first of its three. */
const fieldOf = (field: string): keyof Form | null =>
  field.startsWith('topology') ? 'sockets' : (fields.find((one) => one === field) ?? null)

const unplaced = (error: Error | null): Error | null =>
  error instanceof ProblemError && error.fields.length > 0 && error.fields.every(({ field }) => fieldOf(field) !== null)
    ? null
    : error
