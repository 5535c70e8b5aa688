'use client'
import { useTranslations } from 'next-intl'
import { useFormContext } from 'react-hook-form'
import { Checkbox, TextField } from '@/components/ui/field.tsx'
import type { LinkForm } from '@/lib/net/link-form.ts'

/** Which links become ports. @param choices those that can be, with why each of the others can't */
export function PortChoice({ choices }: { choices: readonly { name: string; aside: string }[] }) {
  const t = useTranslations('network.form')
  const { register, formState } = useFormContext<LinkForm>()
  const error = formState.errors.ports?.message
  return (
    <fieldset className="flex flex-col gap-1.5" aria-describedby={error === undefined ? undefined : 'ports-error'}>
      <legend className="mb-1 text-12 text-ink-2">{t('ports')}</legend>
      {choices.map(({ name, aside }) => (
        <Checkbox key={name} {...register('ports')} value={name} label={name} hint={aside} />
      ))}
      {choices.length === 0 && <p className="text-12 text-ink-3">{t('noFreePorts')}</p>}
      {error !== undefined && (
        <p id="ports-error" role="alert" className="text-12 text-bad">
          {error}
        </p>
      )}
    </fieldset>
  )
}

/** The VLANs of a port of a bridge that filters them. */
export function PortVlanFields() {
  const t = useTranslations('network.form')
  const { register, formState } = useFormContext<LinkForm>()
  const wrong = formState.errors.port
  return (
    <>
      <TextField
        {...register('port.pvid')}
        mono
        inputMode="numeric"
        label={t('pvid')}
        hint={t('pvidHint')}
        error={wrong?.pvid?.message}
      />
      <TextField
        {...register('port.untagged')}
        mono
        label={t('untagged')}
        hint={t('vlansHint')}
        error={wrong?.untagged?.message}
      />
      <TextField
        {...register('port.tagged')}
        mono
        label={t('tagged')}
        hint={t('vlansHint')}
        error={wrong?.tagged?.message}
      />
    </>
  )
}
