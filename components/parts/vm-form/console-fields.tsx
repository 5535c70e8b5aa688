'use client'
import { useTranslations } from 'next-intl'
import { Check, Text, useVmForm } from './vm-form-context.tsx'
import { Fields, Section } from './section.tsx'

export function ConsoleFields() {
  const t = useTranslations('vm-create')
  const { form } = useVmForm()
  return (
    <Section id="consoles" title={t('sections.consoles')}>
      <div className="flex flex-col gap-2">
        <Check path="vnc" label={t('vnc')} hint={t('vncHint')} />
        <Check path="serial" label={t('serial')} hint={t('serialHint')} />
        <Check path="agent" label={t('agent')} hint={t('agentHint')} />
      </div>
      {form.vnc && (
        <Fields>
          <Text path="keymap" label={t('keymap')} hint={t('keymapHint')} />
        </Fields>
      )}
    </Section>
  )
}
