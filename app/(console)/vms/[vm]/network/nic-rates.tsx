'use client'
import { useTranslations } from 'next-intl'
import { type UseFormReturn, useFormState, useWatch } from 'react-hook-form'
import { TextField } from '@/components/ui/field.tsx'
import { rateText } from '@/lib/kit/units.ts'
import type { NicForm } from '@/lib/vm/nic-form.ts'
import type { MomentLabel } from './moments.ts'

/** How fast it may be, each way. libvirt counts bytes; beside it stands what network people call it. */
export function NicRates({ form, label }: { form: UseFormReturn<NicForm>; label: MomentLabel }) {
  const t = useTranslations('vm-edit')
  const { errors } = useFormState({ control: form.control })
  const wrong = Object.keys(errors).some((field) => /^(in|out)bound/.test(field))
  const [inbound, outbound] = useWatch({ control: form.control, name: ['inboundAverage', 'outboundAverage'] })
  return (
    <details open={wrong || inbound !== '' || outbound !== '' || undefined}>
      <summary className="text-ink-2 hover:text-ink">{t('rates')}</summary>
      <div className="mt-3 flex flex-col gap-4">
        {(['inbound', 'outbound'] as const).map((way) => (
          <fieldset key={way} className="flex flex-col gap-1">
            <legend className="mb-1 text-12 text-ink-2">{label(way, t(way))}</legend>
            <div className="grid grid-cols-3 gap-3">
              {(['Average', 'Peak', 'Burst'] as const).map((part) => (
                <TextField
                  key={part}
                  label={t(`rateParts.${part}`)}
                  mono
                  inputMode="numeric"
                  error={errors[`${way}${part}`]?.message}
                  {...form.register(`${way}${part}`)}
                />
              ))}
            </div>
            <p className="text-12 text-ink-3">{asBits(way === 'inbound' ? inbound : outbound) ?? t('unlimited')}</p>
          </fieldset>
        ))}
      </div>
    </details>
  )
}

/** libvirt’s kilobytes go to the kernel as 1000 bytes. */
const asBits = (kilobytes: string): string | null =>
  /^\d+$/.test(kilobytes.trim()) ? rateText(Number(kilobytes) * 8000, 'bit/s') : null
