'use client'
import { useTranslations } from 'next-intl'
import { type ReactNode, useId } from 'react'
import { useForm, type UseFormReturn, useWatch } from 'react-hook-form'
import { ProblemNotice } from '@/components/parts/problem-notice.tsx'
import { Button } from '@/components/ui/button.tsx'
import { SidePanel } from '@/components/ui/dialog.tsx'
import { RadioCards, SelectField, TextAreaField, TextField } from '@/components/ui/field.tsx'
import { useToast } from '@/components/ui/toast.tsx'
import type { LibvirtNetwork } from '@/lib/contract/libvirt-networks.ts'
import { managedModes, type NetworkConfig } from '@/lib/vm/libvirt-network.ts'
import { formFieldOf, formOfNetwork, type NetworkForm, networkOfForm } from '@/lib/vm/network-form.ts'
import { suggestNetwork } from '@/lib/vm/network-suggest.ts'
import { useEditNetwork, useMakeNetwork } from '@/lib/wire/libvirt-networks.ts'
import { ProblemError } from '@/lib/wire/problem-error.ts'
import { useFacts } from '@/lib/wire/queries.ts'
import { useCurrentHost } from '../current-host.tsx'

type Form = NetworkForm & { apply: 'next-start' | 'restart' }

const managed = (config: NetworkConfig) => ({
  ...config,
  mode: managedModes.find((one) => one === config.mode) ?? 'nat',
})

export function NewNetworkPanel({ networks, onClose }: { networks: LibvirtNetwork[]; onClose: () => void }) {
  const t = useTranslations('networks')
  const host = useCurrentHost()
  const { data: facts, isPending } = useFacts(host.name)
  return (
    <Panel title={t('newTitle', { host: host.name })} action={t('create')} onClose={onClose}>
      {(formId) =>
        !isPending && (
          <NewForm
            formId={formId}
            suggested={managed(
              suggestNetwork('', {
                networks,
                links: facts?.network.links ?? [],
                routes: facts?.network.routes ?? [],
              }),
            )}
            onClose={onClose}
          />
        )
      }
    </Panel>
  )
}

function NewForm({
  formId,
  suggested,
  onClose,
}: {
  formId: string
  suggested: ReturnType<typeof managed>
  onClose: () => void
}) {
  const t = useTranslations('networks')
  const host = useCurrentHost()
  const toast = useToast()
  const make = useMakeNetwork(host.name)
  const form = useForm<Form>({ defaultValues: { ...formOfNetwork(suggested), apply: 'next-start' } })
  const send = useSend(form)
  return (
    <form
      id={formId}
      noValidate
      className="flex flex-col gap-4"
      onSubmit={(event) =>
        void form.handleSubmit((values) =>
          send(values, (config, onError) =>
            make.mutate(config, {
              onSuccess: ({ name }) => {
                toast('ok', t('made', { network: name }))
                onClose()
              },
              onError,
            }),
          ),
        )(event)
      }
    >
      <Fields form={form} isNew />
      {make.error !== null && <ProblemNotice error={make.error} />}
    </form>
  )
}

export function EditNetworkPanel({ network, onClose }: { network: LibvirtNetwork; onClose: () => void }) {
  const t = useTranslations('networks')
  const ui = useTranslations('ui')
  const host = useCurrentHost()
  const toast = useToast()
  const edit = useEditNetwork(host.name)
  const form = useForm<Form>({ defaultValues: { ...formOfNetwork(managed(network)), apply: 'next-start' } })
  const apply = useWatch({ control: form.control, name: 'apply' })
  const send = useSend(form)
  return (
    <Panel title={t('editTitle', { network: network.name })} action={ui('save')} onClose={onClose}>
      {(formId) => (
        <form
          id={formId}
          noValidate
          className="flex flex-col gap-4"
          onSubmit={(event) =>
            void form.handleSubmit((values) =>
              send(values, (config, onError) =>
                edit.mutate(
                  { network: network.uuid, edit: { ...config, etag: network.etag, apply: values.apply } },
                  {
                    onSuccess: ({ name }) => {
                      toast('ok', t('saved', { network: name }))
                      onClose()
                    },
                    onError,
                  },
                ),
              ),
            )(event)
          }
        >
          <Fields form={form} isNew={false} />
          {network.active && network.mode !== 'bridge' && (
            <RadioCards
              label={t('apply')}
              name="apply"
              value={apply}
              onChange={(next) => form.setValue('apply', next)}
              options={[
                { value: 'next-start', label: t('applyLater'), hint: t('applyLaterHint') },
                { value: 'restart', label: t('applyNow'), hint: t('applyNowHint') },
              ]}
            />
          )}
          {edit.error !== null && <ProblemNotice error={edit.error} />}
        </form>
      )}
    </Panel>
  )
}

function Panel({
  title,
  action,
  onClose,
  children,
}: {
  title: string
  action: string
  onClose: () => void
  children: (formId: string) => ReactNode
}) {
  const ui = useTranslations('ui')
  const formId = useId()
  return (
    <SidePanel
      open
      onOpenChange={onClose}
      title={title}
      footer={
        <>
          <Button onClick={onClose}>{ui('cancel')}</Button>
          <Button type="submit" form={formId} variant="primary">
            {action}
          </Button>
        </>
      }
    >
      {children(formId)}
    </SidePanel>
  )
}

type Sent = ReturnType<typeof networkOfForm>['config']

/** Reads the form, names what can't be read, and puts the API's own sentences beneath their fields. */
function useSend(form: UseFormReturn<Form>) {
  const t = useTranslations('networks')
  return (values: Form, write: (config: Sent, onError: (error: Error) => void) => void) => {
    const { config, errors } = networkOfForm(values)
    for (const { field, code, line } of errors) form.setError(field, { message: t(code, { line }) })
    if (errors.length > 0) return
    write(config, (error) => {
      for (const { field, message } of error instanceof ProblemError ? error.fields : []) {
        const named = formFieldOf(field)
        if (named !== null) form.setError(named, { message })
      }
    })
  }
}

function Fields({ form, isNew }: { form: UseFormReturn<Form>; isNew: boolean }) {
  const t = useTranslations('networks')
  const host = useCurrentHost()
  const links = useFacts(host.name).data?.network.links ?? []
  const mode = useWatch({ control: form.control, name: 'mode' })
  const uplink = useWatch({ control: form.control, name: 'uplink' })
  const { errors } = form.formState
  const error = (field: keyof NetworkForm) => errors[field]?.message
  const isOnBridge = mode === 'bridge'
  const modes = managedModes.filter((one) => isNew || (one === 'bridge') === isOnBridge)
  const bridges = links.filter(({ kind }) => kind === 'bridge').map(({ name }) => name)
  const uplinks = links.filter(({ kind, master }) => !['tap', 'loopback'].includes(kind) && master === null)
  const offered = [...new Set([...uplinks.map(({ name }) => name), ...(uplink === '' ? [] : [uplink])])]
  return (
    <>
      <TextField label={t('name')} mono readOnly={!isNew} error={error('name')} {...form.register('name')} />
      <RadioCards
        label={t('mode')}
        name="mode"
        stacked
        value={mode}
        onChange={(next) => {
          // A bridge of the host and one of libvirt's own are two different answers.
          if ((next === 'bridge') !== isOnBridge) form.setValue('bridge', '')
          form.setValue('mode', next)
        }}
        options={modes.map((value) => ({ value, label: t(`modes.${value}`), hint: t(`modeHints.${value}`) }))}
      />
      {error('mode') !== undefined && (
        <p role="alert" className="text-12 text-bad">
          {error('mode')}
        </p>
      )}
      {isOnBridge ? (
        <SelectField
          label={t('hostBridge')}
          error={error('bridge')}
          options={[{ value: '', label: t('chooseBridge') }, ...bridges.map((value) => ({ value, label: value }))]}
          {...form.register('bridge')}
        />
      ) : (
        <>
          {(mode === 'nat' || mode === 'route') && (
            <SelectField
              label={t('uplink')}
              error={error('uplink')}
              options={[{ value: '', label: t('anyUplink') }, ...offered.map((value) => ({ value, label: value }))]}
              {...form.register('uplink')}
            />
          )}
          <Family family="ipv4" form={form} />
          <Family family="ipv6" form={form} />
          <details open={['bridge', 'mtu', 'domain'].some((field) => field in errors) || undefined}>
            <summary className="text-ink-2 hover:text-ink">{t('advanced')}</summary>
            <div className="mt-3 flex flex-col gap-4">
              <TextField
                label={t('bridge')}
                mono
                hint={t('bridgeHint')}
                error={error('bridge')}
                {...form.register('bridge')}
              />
              <TextField
                label={t('mtu')}
                mono
                inputMode="numeric"
                hint={t('mtuHint')}
                error={error('mtu')}
                {...form.register('mtu')}
              />
              <TextField label={t('domain')} mono error={error('domain')} {...form.register('domain')} />
            </div>
          </details>
        </>
      )}
    </>
  )
}

function Family({ family, form }: { family: 'ipv4' | 'ipv6'; form: UseFormReturn<Form> }) {
  const t = useTranslations('networks')
  const { errors } = form.formState
  const at = { address: `${family}Address`, ranges: `${family}Ranges`, hosts: `${family}Hosts` } as const
  const isThere = useWatch({ control: form.control, name: at.address }).trim() !== ''
  return (
    <fieldset className="flex flex-col gap-3">
      <legend className="mb-1 font-bold">{t(family)}</legend>
      <TextField
        label={t('address')}
        mono
        hint={t('addressHint')}
        error={errors[at.address]?.message}
        {...form.register(at.address)}
      />
      {isThere && (
        <>
          <TextAreaField
            label={t('ranges')}
            mono
            rows={2}
            hint={t('rangesHint')}
            error={errors[at.ranges]?.message}
            {...form.register(at.ranges)}
          />
          <TextAreaField
            label={t('hosts')}
            mono
            rows={3}
            hint={t(family === 'ipv4' ? 'hosts4Hint' : 'hosts6Hint')}
            error={errors[at.hosts]?.message}
            {...form.register(at.hosts)}
          />
        </>
      )}
    </fieldset>
  )
}
