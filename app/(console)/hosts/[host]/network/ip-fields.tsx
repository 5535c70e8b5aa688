'use client'
import { useTranslations } from 'next-intl'
import { useFieldArray, useFormContext, useWatch } from 'react-hook-form'
import { Button } from '@/components/ui/button.tsx'
import { SelectField, TextAreaField, TextField } from '@/components/ui/field.tsx'
import type { LinkForm } from '@/lib/net/link-form.ts'
import { Fold } from './fold.tsx'

const kinds4 = ['none', 'dhcp', 'static'] as const
const kinds6 = ['none', 'auto', 'dhcp', 'static'] as const

/** Both families, DNS. */
export function IpFields() {
  const t = useTranslations('network.form')
  const { register, formState } = useFormContext<LinkForm>()
  const wrong = formState.errors.ip
  const { kind4, kind6 } = useWatch<LinkForm, 'ip'>({ name: 'ip' })
  return (
    <>
      <SelectField
        {...register('ip.kind4')}
        label={t('ipv4')}
        error={wrong?.kind4?.message}
        options={kinds4.map((value) => ({ value, label: t(`kinds.${value}`) }))}
      />
      {kind4 !== 'none' && (
        <>
          <TextAreaField
            {...register('ip.addresses4')}
            mono
            rows={2}
            label={kind4 === 'static' ? t('addressList') : t('moreAddresses')}
            hint={t('addressHint4')}
            error={wrong?.addresses4?.message}
          />
          <div className="grid gap-3 phone:grid-cols-[minmax(0,1fr)_7rem]">
            {kind4 === 'static' ? (
              <TextField {...register('ip.gateway4')} mono label={t('gateway')} error={wrong?.gateway4?.message} />
            ) : (
              <TextField
                {...register('ip.clientId')}
                mono
                label={t('clientId')}
                hint={t('clientIdHint')}
                error={wrong?.clientId?.message}
              />
            )}
            <TextField
              {...register('ip.metric4')}
              mono
              inputMode="numeric"
              label={t('metric')}
              error={wrong?.metric4?.message}
            />
          </div>
        </>
      )}
      <SelectField
        {...register('ip.kind6')}
        label={t('ipv6')}
        error={wrong?.kind6?.message}
        options={kinds6.map((value) => ({ value, label: t(`kinds.${value}`) }))}
      />
      {kind6 !== 'none' && (
        <TextAreaField
          {...register('ip.addresses6')}
          mono
          rows={2}
          label={kind6 === 'static' ? t('addressList') : t('moreAddresses')}
          hint={t('addressHint6')}
          error={wrong?.addresses6?.message}
        />
      )}
      {kind6 === 'static' && (
        <div className="grid gap-3 phone:grid-cols-[minmax(0,1fr)_7rem]">
          <TextField {...register('ip.gateway6')} mono label={t('gateway')} error={wrong?.gateway6?.message} />
          <TextField
            {...register('ip.metric6')}
            mono
            inputMode="numeric"
            label={t('metric')}
            error={wrong?.metric6?.message}
          />
        </div>
      )}
      {(kind4 !== 'none' || kind6 !== 'none') && (
        <div className="grid gap-3 phone:grid-cols-2">
          <TextField {...register('ip.dnsServers')} mono label={t('dnsServers')} error={wrong?.dnsServers?.message} />
          <TextField {...register('ip.dnsDomains')} mono label={t('dnsDomains')} error={wrong?.dnsDomains?.message} />
        </div>
      )}
    </>
  )
}

/** Static routes, one per row. */
export function RouteFields() {
  const t = useTranslations('network.form')
  const { register, formState, control } = useFormContext<LinkForm>()
  const { fields, append, remove } = useFieldArray<LinkForm, 'routes'>({ control, name: 'routes' })
  const wrong = formState.errors.routes
  return (
    <Fold label={`${t('routes')} (${fields.length})`} path="routes" open={fields.length > 0}>
      {fields.map(({ id }, index) => (
        <fieldset key={id} className="flex flex-col gap-2 border-l-2 border-line pl-3">
          <legend className="sr-only">{`${t('routes')} ${index + 1}`}</legend>
          <div className="grid gap-3 phone:grid-cols-2">
            <TextField
              {...register(`routes.${index}.destination`)}
              mono
              label={t('destination')}
              error={wrong?.[index]?.destination?.message}
            />
            <TextField
              {...register(`routes.${index}.gateway`)}
              mono
              label={t('gateway')}
              error={wrong?.[index]?.gateway?.message}
            />
          </div>
          <div className="flex items-end gap-3">
            <TextField
              {...register(`routes.${index}.metric`)}
              mono
              inputMode="numeric"
              label={t('metric')}
              error={wrong?.[index]?.metric?.message}
            />
            <TextField
              {...register(`routes.${index}.table`)}
              mono
              inputMode="numeric"
              label={t('table')}
              error={wrong?.[index]?.table?.message}
            />
            <Button variant="quiet" aria-label={t('removeRoute')} onClick={() => remove(index)}>
              ×
            </Button>
          </div>
        </fieldset>
      ))}
      <div>
        <Button
          onClick={() => append({ destination: '', gateway: '', metric: '', table: '', source: '', onLink: false })}
        >
          {t('addRoute')}
        </Button>
      </div>
    </Fold>
  )
}
