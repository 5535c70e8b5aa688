'use client'
import { zodResolver } from '@hookform/resolvers/zod'
import { useTranslations } from 'next-intl'
import { useForm } from 'react-hook-form'
import type * as z from 'zod'
import { ProblemNotice } from '@/components/parts/problem-notice.tsx'
import { Button } from '@/components/ui/button.tsx'
import { SelectField, TextField } from '@/components/ui/field.tsx'
import { Notice } from '@/components/ui/notice.tsx'
import { type HostKeyInfo, type Probe, probeRequestSchema } from '@/lib/contract/hosts.ts'
import { useProbe } from '@/lib/wire/mutations.ts'
import { useHosts } from '@/lib/wire/queries.ts'

export interface FoundHost {
  address: string
  port: number
  jumpHostId: string | null
  keys: HostKeyInfo[]
}

const preferred = ['ssh-ed25519', 'ecdsa-sha2-nistp256']

/** The key a person is asked about: the one `ssh` itself would show. */
const bestKey = (keys: readonly HostKeyInfo[]): HostKeyInfo | undefined =>
  preferred.map((name) => keys.find(({ algorithm }) => algorithm === name)).find((key) => key !== undefined) ?? keys[0]

export function AddressStep({
  found,
  trusted,
  onFound,
  onTrust,
}: {
  found: FoundHost | null
  trusted: HostKeyInfo | null
  onFound: (found: FoundHost | null) => void
  onTrust: (key: HostKeyInfo) => void
}) {
  const t = useTranslations('hosts')
  const hosts = useHosts().data ?? []
  const probe = useProbe()
  const form = useForm<z.input<typeof probeRequestSchema>, unknown, z.output<typeof probeRequestSchema>>({
    resolver: zodResolver(probeRequestSchema),
    defaultValues: { address: '', port: 22, jumpHostId: null },
  })
  const { errors } = form.formState
  const ask = form.handleSubmit((asked) => {
    onFound(null)
    probe.mutate(asked, {
      onSuccess: ({ reachable, keys }) => {
        if (reachable && keys.length > 0) onFound({ ...asked, keys })
      },
    })
  })
  return (
    <section aria-labelledby="where" className="flex flex-col gap-3">
      <h2 id="where" className="text-16">
        {t('where')}
      </h2>
      <form noValidate onSubmit={(event) => void ask(event)} className="flex flex-col gap-3">
        <div className="grid gap-3 phone:grid-cols-[minmax(0,1fr)_7rem]">
          <TextField
            label={t('address')}
            hint={t('addressHint')}
            error={errors.address?.message}
            mono
            autoFocus
            placeholder="kvm-03.example.org"
            {...form.register('address')}
          />
          <TextField
            label={t('port')}
            error={errors.port?.message}
            mono
            inputMode="numeric"
            {...form.register('port', { valueAsNumber: true })}
          />
        </div>
        {hosts.length > 0 && (
          <SelectField
            label={t('jump')}
            hint={t('jumpHint')}
            options={[{ value: '', label: t('direct') }, ...hosts.map(({ id, name }) => ({ value: id, label: name }))]}
            {...form.register('jumpHostId', { setValueAs: (value: unknown) => (value === '' ? null : value) })}
          />
        )}
        <div>
          <Button type="submit" variant={found === null ? 'primary' : 'plain'} pending={probe.isPending}>
            {t('probe')}
          </Button>
        </div>
      </form>
      {probe.error !== null && <ProblemNotice error={probe.error} />}
      {probe.data !== undefined && !probe.isPending && <Answer probe={probe.data} />}
      {found !== null && <Fingerprint keys={found.keys} trusted={trusted} onTrust={onTrust} />}
    </section>
  )
}

function Answer({ probe: { failure, reachable, keys } }: { probe: Probe }) {
  const t = useTranslations('hosts')
  if (failure !== null)
    return (
      <Notice tone="bad" title={failure.title}>
        {failure.detail}
      </Notice>
    )
  return reachable && keys.length === 0 ? <Notice tone="bad" title={t('noKeys')} /> : null
}

function Fingerprint({
  keys,
  trusted,
  onTrust,
}: {
  keys: readonly HostKeyInfo[]
  trusted: HostKeyInfo | null
  onTrust: (key: HostKeyInfo) => void
}) {
  const t = useTranslations('hosts')
  const best = bestKey(keys)
  if (best === undefined) return null
  return (
    <Notice
      tone={trusted === null ? 'warn' : 'ok'}
      title={trusted === null ? t('isThisIt') : t('trusted')}
      action={
        trusted === null && (
          <Button variant="primary" onClick={() => onTrust(best)}>
            {t('trust')}
          </Button>
        )
      }
    >
      <p className="figures my-1 break-all text-ink">
        {best.algorithm} {best.fingerprint}
      </p>
      {trusted === null && <p>{t('compareWith')}</p>}
      {trusted === null && <p className="figures mt-1 break-all">ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub</p>}
    </Notice>
  )
}
