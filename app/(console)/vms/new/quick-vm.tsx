'use client'
import { useTranslations } from 'next-intl'
import { parseAsString, useQueryState } from 'nuqs'
import { useId, useState } from 'react'
import { AddFirstHost } from '@/components/parts/add-first-host.tsx'
import { BridgeChoice } from '@/components/parts/bridge-choice.tsx'
import { ProblemNotice } from '@/components/parts/problem-notice.tsx'
import { UsualPresets } from '@/components/parts/usual-presets.tsx'
import { PresetText } from '@/components/parts/preset-text.tsx'
import { PageTitle } from '@/components/shell/page-title.tsx'
import { Button, ButtonLink } from '@/components/ui/button.tsx'
import { Empty, Skeleton } from '@/components/ui/empty.tsx'
import { SelectField, TextField } from '@/components/ui/field.tsx'
import { Notice } from '@/components/ui/notice.tsx'
import type { Preset } from '@/lib/contract/presets.ts'
import type { NewVm, VmPlan } from '@/lib/contract/vm-create.ts'
import { suggestVmName } from '@/lib/vm/suggest-vm-name.ts'
import { ProblemError } from '@/lib/wire/problem-error.ts'
import { useHosts, useMe } from '@/lib/wire/queries.ts'
import { useChoices, useCreateVm, usePresets, useVmPlan } from '@/lib/wire/vm-create.ts'
import { useVms } from '@/lib/wire/vms.ts'
import { Making, useMaking } from './making.tsx'
import { Candidates, PlanSummary, PlanWarnings } from './plan-parts.tsx'
import { useSettled } from './use-settled.ts'

/** A VM from a preset: all that a preset leaves open is chosen already, and can be chosen otherwise. */
export function QuickVm() {
  const t = useTranslations('vm-create')
  const hosts = useHosts()
  const presets = usePresets()
  const vms = useVms(null)
  const { making, begun, back } = useMaking()
  const reason = useMe().data?.refusals['vm.create'] ?? null
  const error = hosts.error ?? presets.error
  const bySize = presets.data?.toSorted(compareSize)
  return (
    <>
      <PageTitle title={t('newVm')} action={<ButtonLink href="/vms/new/full">{t('toFullForm')}</ButtonLink>} />
      {reason !== null && (
        <div className="mb-4">
          <Notice tone="off" title={reason} />
        </div>
      )}
      {making !== null && <Making {...making} onBack={back} />}
      {error !== null && <ProblemNotice error={error} />}
      {(hosts.data === undefined || presets.data === undefined || vms.isPending) && error === null && (
        <Skeleton rows={8} />
      )}
      {hosts.data?.length === 0 && <AddFirstHost />}
      {hosts.data !== undefined && hosts.data.length > 0 && presets.data?.length === 0 && (
        <Empty title={t('noPresets')} action={<UsualPresets />}>
          {t('noPresetsText')}
        </Empty>
      )}
      {hosts.data !== undefined && hosts.data.length > 0 && bySize?.[0] !== undefined && !vms.isPending && (
        // What was typed is still there when the job has failed.
        <div hidden={making !== null}>
          <QuickForm
            presets={bySize}
            first={bySize[0]}
            hosts={hosts.data}
            taken={vms.data?.items.map(({ name }) => name) ?? []}
            reason={reason}
            onBegun={begun}
          />
        </div>
      )}
    </>
  )
}

const shownFields = ['name', 'host', 'nics.0.source', 'nics.0.source.bridge']

function QuickForm({
  presets,
  first,
  hosts,
  taken,
  reason,
  onBegun,
}: {
  presets: readonly Preset[]
  first: Preset
  hosts: readonly { id: string; name: string }[]
  taken: readonly string[]
  reason: string | null
  onBegun: ReturnType<typeof useMaking>['begun']
}) {
  const t = useTranslations('vm-create')
  const radio = useId()
  const [named, setNamed] = useQueryState('preset', parseAsString)
  const [hostAsked, setHost] = useQueryState('host', parseAsString)
  const [typed, setTyped] = useState<string | null>(null)
  const [bridge, setBridge] = useState<string | null>(null)
  const preset = presets.find(({ id, name }) => id === named || name === named) ?? first
  const host = hosts.find(({ id, name }) => id === hostAsked || name === hostAsked) ?? null
  const name = typed ?? suggestVmName(preset.name, taken)
  const vm: NewVm = {
    name,
    host: host?.id ?? null,
    preset: preset.id,
    ...(bridge === null ? {} : { nics: onBridge(preset, bridge) }),
  }
  const plan = useVmPlan(useSettled(reason === null ? vm : null))
  const create = useCreateVm()
  const choices = useChoices(plan.data?.host?.id ?? host?.id ?? hosts[0]?.id ?? null).data?.items[0]
  const failure = create.error ?? (plan.data === undefined ? plan.error : null)
  const errorOf = (...fields: string[]) =>
    (create.error instanceof ProblemError ? create.error.fields : [])
      .concat((plan.data?.refusals ?? []).flatMap(({ field, message }) => (field === null ? [] : [{ field, message }])))
      .find(({ field }) => fields.includes(field))?.message
  const others = (plan.data?.refusals ?? []).filter(({ field }) => field === null || !shownFields.includes(field))
  const params = new URLSearchParams({
    preset: preset.id,
    name,
    ...(host === null ? {} : { host: host.id }),
    ...(bridge === null ? {} : { bridge }),
  })
  return (
    <form
      noValidate
      className="grid gap-x-10 gap-y-6 lg:grid-cols-[minmax(0,1fr)_22rem]"
      onSubmit={(event) => {
        event.preventDefault()
        if (reason === null && !create.isPending) create.mutate(vm, { onSuccess: onBegun })
      }}
    >
      <div className="flex min-w-0 flex-col gap-6">
        <fieldset className="flex min-w-0 flex-col gap-1">
          <legend className="mb-1 text-12 text-ink-2">{t('preset')}</legend>
          <div className="grid gap-2 phone:grid-cols-2 xl:grid-cols-3">
            {presets.map((one) => (
              <label
                key={one.id}
                className="flex min-w-0 items-start gap-2.5 rounded-base border border-line-strong bg-surface px-3 py-2 hover:bg-hover has-checked:border-accent"
              >
                <input
                  type="radio"
                  name={radio}
                  value={one.id}
                  checked={one.id === preset.id}
                  onChange={() => {
                    setBridge(null)
                    void setNamed(one.id)
                  }}
                  className="mt-1 accent-accent"
                />
                <span className="min-w-0">
                  <span className="font-bold">{one.name}</span>
                  <span className="figures block text-ink-2">
                    <PresetText spec={one.spec} />
                  </span>
                  {one.description !== '' && <span className="block text-12 text-ink-3">{one.description}</span>}
                </span>
              </label>
            ))}
          </div>
        </fieldset>
        <div className="grid items-start gap-4 phone:grid-cols-2">
          <TextField
            label={t('name')}
            mono
            value={name}
            error={errorOf('name')}
            onChange={({ target }) => setTyped(target.value)}
          />
          <SelectField
            label={t('host')}
            value={host?.id ?? ''}
            hint={plan.data?.host?.reason}
            error={errorOf('host')}
            options={[
              {
                value: '',
                label: plan.data?.host && host === null ? t('bestFitIs', { host: plan.data.host.name }) : t('bestFit'),
              },
              ...hosts.map(({ id, name: label }) => ({ value: id, label })),
            ]}
            onChange={({ target }) => {
              // A bridge of another host is another bridge.
              setBridge(null)
              void setHost(target.value === '' ? null : target.value)
            }}
          />
        </div>
        {choices !== undefined && (
          <BridgeChoice
            host={choices.host}
            bridges={choices.bridges}
            value={bridge ?? bridgeOf(preset, plan.data, choices.bridges)}
            error={errorOf('nics.0.source', 'nics.0.source.bridge')}
            onChange={setBridge}
          />
        )}
      </div>
      <section aria-labelledby="plan-title" className="flex min-w-0 flex-col gap-3 lg:border-l lg:border-line lg:pl-6">
        <h2 id="plan-title" className="text-16">
          {t('willBeMade')}
        </h2>
        {plan.data === undefined ? (
          failure === null && reason === null && <Skeleton rows={5} />
        ) : (
          <PlanSummary plan={plan.data} reason={false} />
        )}
        {plan.data !== undefined && (
          <>
            <Candidates candidates={plan.data.candidates} />
            <PlanWarnings warnings={plan.data.warnings} />
          </>
        )}
        {others.length > 0 && (
          <Notice tone="bad" title={t('cannotBeMade')}>
            <ul className="flex list-disc flex-col gap-1 pl-4">
              {others.map(({ field, message }) => (
                <li key={`${field ?? ''} ${message}`}>{message}</li>
              ))}
            </ul>
          </Notice>
        )}
        {failure !== null && <ProblemNotice error={failure} />}
        <div className="sticky bottom-0 z-10 flex flex-wrap gap-2 border-t border-line bg-canvas py-3">
          <Button
            type="submit"
            variant="primary"
            pending={create.isPending}
            disabledReason={reason ?? plan.data?.refusals[0]?.message ?? null}
          >
            {t('create')}
          </Button>
          <ButtonLink variant="quiet" href={`/vms/new/full?${params.toString()}`}>
            {t('allSettings')}
          </ButtonLink>
        </div>
      </section>
    </form>
  )
}

/** The smallest first; one that leaves its size open comes last. */
function compareSize({ spec: a }: Preset, { spec: b }: Preset): number {
  const open = Number.MAX_SAFE_INTEGER
  return (a.vcpus ?? open) - (b.vcpus ?? open) || (a.memoryBytes ?? open) - (b.memoryBytes ?? open)
}

/** The preset's NICs, the first of them on this bridge. */
function onBridge({ spec }: Preset, bridge: string): NonNullable<NewVm['nics']> {
  const [nic, ...others] = spec.nics ?? []
  return [{ ...nic, source: { kind: 'bridge', bridge } }, ...others]
}

/** Where the plan puts the first NIC, when that is a bridge. */
function bridgeOf(
  { spec }: Preset,
  plan: VmPlan | undefined,
  bridges: readonly { name: string; isLan: boolean }[],
): string {
  const [nic] = spec.nics ?? []
  if (nic?.source.kind === 'bridge') return nic.source.bridge
  if (nic?.source.kind === 'lan') return bridges.find(({ isLan }) => isLan)?.name ?? ''
  const planned = plan?.nics[0]?.source
  return bridges.find(({ name }) => name === planned)?.name ?? ''
}
