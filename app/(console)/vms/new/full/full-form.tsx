'use client'
import { useTranslations } from 'next-intl'
import { useSearchParams } from 'next/navigation'
import { AddFirstHost } from '@/components/parts/add-first-host.tsx'
import { ProblemNotice } from '@/components/parts/problem-notice.tsx'
import { BootFields } from '@/components/parts/vm-form/boot-fields.tsx'
import { CloudInitFields } from '@/components/parts/vm-form/cloud-init-fields.tsx'
import { ConsoleFields } from '@/components/parts/vm-form/console-fields.tsx'
import { CpuFields } from '@/components/parts/vm-form/cpu-fields.tsx'
import { DiskFields } from '@/components/parts/vm-form/disk-fields.tsx'
import { GeneralFields } from '@/components/parts/vm-form/general-fields.tsx'
import { NicFields } from '@/components/parts/vm-form/nic-fields.tsx'
import { useTypedForm, useVmFormState } from '@/components/parts/vm-form/use-vm-form-state.ts'
import { VmFormProvider } from '@/components/parts/vm-form/vm-form-context.tsx'
import { PageTitle } from '@/components/shell/page-title.tsx'
import { Button, ButtonLink } from '@/components/ui/button.tsx'
import { Skeleton } from '@/components/ui/empty.tsx'
import { Notice } from '@/components/ui/notice.tsx'
import type { Host } from '@/lib/contract/hosts.ts'
import type { Preset } from '@/lib/contract/presets.ts'
import { newVmOf, vmFormOf } from '@/lib/vm/create-form.ts'
import { suggestVmName } from '@/lib/vm/suggest-vm-name.ts'
import { ProblemError } from '@/lib/wire/problem-error.ts'
import { useHosts, useMe } from '@/lib/wire/queries.ts'
import { useChoices, useCreateVm, usePresets, useVmPlan } from '@/lib/wire/vm-create.ts'
import { useVms } from '@/lib/wire/vms.ts'
import { Making, useMaking } from '../making.tsx'
import { useSettled } from '../use-settled.ts'
import { Review } from './review.tsx'

/** Every setting of a new VM. What it begins with is the preset of the page's address, if there is one. */
export function FullForm() {
  const t = useTranslations('vm-create')
  const asked = useSearchParams().get('preset')
  const hosts = useHosts()
  const presets = usePresets()
  const vms = useVms(null)
  const { making, begun, back } = useMaking()
  const reason = useMe().data?.refusals['vm.create'] ?? null
  const error = hosts.error ?? presets.error
  const isReady = hosts.data !== undefined && presets.data !== undefined && !vms.isPending
  return (
    <>
      <PageTitle title={t('newVm')} action={<ButtonLink href="/vms/new">{t('toPresetsForm')}</ButtonLink>} />
      {reason !== null && (
        <div className="mb-4">
          <Notice tone="off" title={reason} />
        </div>
      )}
      {making !== null && <Making {...making} onBack={back} />}
      {error !== null && <ProblemNotice error={error} />}
      {!isReady && error === null && <Skeleton rows={10} />}
      {isReady && hosts.data.length === 0 && <AddFirstHost />}
      {isReady && hosts.data.length > 0 && (
        // What was typed is still there when the job has failed.
        <div hidden={making !== null}>
          <Form
            hosts={hosts.data}
            preset={presets.data.find(({ id, name }) => id === asked || name === asked) ?? null}
            taken={vms.data?.items.map(({ name }) => name) ?? []}
            reason={reason}
            onBegun={begun}
          />
        </div>
      )}
    </>
  )
}

const sections = ['general', 'cpu', 'disks', 'network', 'boot', 'cloud-init', 'consoles', 'review'] as const

function Form({
  hosts,
  preset,
  taken,
  reason,
  onBegun,
}: {
  hosts: readonly Host[]
  preset: Preset | null
  taken: readonly string[]
  reason: string | null
  onBegun: ReturnType<typeof useMaking>['begun']
}) {
  const t = useTranslations('vm-create')
  const params = useSearchParams()
  const askedHost = params.get('host')
  const bridge = params.get('bridge')
  const begin = vmFormOf(preset?.spec ?? null, {
    name: params.get('name') ?? suggestVmName(preset?.name ?? '', taken),
    host: hosts.find(({ id, name }) => id === askedHost || name === askedHost)?.id ?? '',
  })
  const [nic, ...others] = begin.nics
  const typed = useTypedForm(
    bridge === null || nic === undefined ? begin : { ...begin, nics: [{ ...nic, kind: 'bridge', bridge }, ...others] },
  )
  const { form } = typed
  const { vm, errors } = newVmOf(form, preset?.id ?? null)
  const plan = useVmPlan(useSettled(reason === null && errors.length === 0 ? vm : null))
  const create = useCreateVm()
  const choices = useChoices((form.host || plan.data?.host?.id) ?? hosts[0]?.id ?? null).data?.items[0] ?? null
  const refusals = [
    ...(create.error instanceof ProblemError ? create.error.fields : []),
    ...(plan.data?.refusals ?? []),
  ]
  const state = useVmFormState(typed, errors, refusals, { choices, isPreset: false })
  const stop = reason ?? (errors[0] === undefined ? null : t(errors[0].code)) ?? plan.data?.refusals[0]?.message ?? null
  return (
    <VmFormProvider value={state}>
      <form
        noValidate
        className="grid gap-x-8 lg:grid-cols-[9rem_minmax(0,1fr)]"
        onSubmit={(event) => {
          event.preventDefault()
          if (stop === null && !create.isPending) create.mutate(vm, { onSuccess: onBegun })
        }}
      >
        <nav aria-label={t('sectionsLabel')} className="max-lg:hidden">
          <ul className="sticky top-16 flex flex-col gap-1 border-l border-line">
            {sections.map((section) => (
              <li key={section}>
                <a
                  href={`#${section}`}
                  className="-ml-px block border-l border-transparent py-1 pl-3 text-ink-2 hover:border-accent hover:text-ink"
                >
                  {section === 'cloud-init' ? 'Cloud-init' : t(`sections.${section}`)}
                </a>
              </li>
            ))}
          </ul>
        </nav>
        <div className="flex min-w-0 flex-col gap-7">
          <GeneralFields
            hosts={[
              {
                value: '',
                label:
                  form.host === '' && plan.data?.host ? t('bestFitIs', { host: plan.data.host.name }) : t('bestFit'),
              },
              ...hosts.map(({ id, name }) => ({ value: id, label: name })),
            ]}
            hostHint={plan.data?.host?.reason}
          />
          <CpuFields />
          <DiskFields />
          <NicFields />
          <BootFields />
          <CloudInitFields />
          <ConsoleFields />
          <Review
            vm={vm}
            plan={plan.data ?? null}
            unread={errors.length > 0}
            error={plan.data === undefined ? plan.error : null}
          />
          {create.error !== null && <ProblemNotice error={create.error} />}
          <div className="sticky bottom-0 z-10 -mx-1 flex flex-wrap items-center gap-x-4 gap-y-2 border-t border-line bg-canvas px-1 py-3">
            <p className="min-w-0 flex-1 basis-56 text-12 text-ink-2" role="status">
              {stop ?? (plan.data?.host ? t('readyOn', { vm: form.name, host: plan.data.host.name }) : t('planning'))}
            </p>
            <Button type="submit" variant="primary" pending={create.isPending} disabledReason={stop}>
              {t('create')}
            </Button>
          </div>
        </div>
      </form>
    </VmFormProvider>
  )
}
