'use client'
import { useTranslations } from 'next-intl'
import { firmwares } from '@/lib/contract/vm-create.ts'
import { Check, Select, useVmForm } from './vm-form-context.tsx'
import { Fields, Section } from './section.tsx'

const orders = ['disk cdrom network', 'cdrom disk network', 'network disk cdrom', 'disk', 'cdrom disk', 'network disk']

export function BootFields() {
  const t = useTranslations('vm-create')
  const { form, choices } = useVmForm()
  const said = (order: string) =>
    order
      .split(' ')
      .map((one) => (one === 'disk' || one === 'cdrom' || one === 'network' ? t(`bootClasses.${one}`) : one))
      .join(' → ')
  const machines = choices?.machines ?? ['q35', 'pc']
  const offered = choices?.firmwares ?? firmwares
  return (
    <Section id="boot" title={t('sections.boot')}>
      <Fields>
        <Select
          path="boot"
          label={t('bootOrder')}
          options={[...new Set([...orders, form.boot])].map((value) => ({ value, label: said(value) }))}
        />
        <Select
          path="firmware"
          label={t('firmware')}
          {...(offered.includes('uefi') ? {} : { hint: t('noUefi') })}
          options={firmwares
            .filter((value) => offered.includes(value) || value === form.firmware)
            .map((value) => ({ value, label: t(`firmwares.${value}`) }))}
        />
        <Select path="machine" label={t('machine')} options={machines.map((value) => ({ value, label: value }))} />
      </Fields>
      {choices === null || choices.tpm || form.tpm ? (
        <Check path="tpm" label={t('tpm')} hint={t('tpmHint')} />
      ) : (
        <p className="text-12 text-ink-2">{t('noTpm')}</p>
      )}
    </Section>
  )
}
