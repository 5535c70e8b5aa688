'use client'
import { useTranslations } from 'next-intl'
import { Area, Check, type Option, Select, Text, useVmForm } from './vm-form-context.tsx'
import { Fields, Fold, Section } from './section.tsx'

/** Who it is, where it runs. @param hosts without those, nothing is said of name and host: it is a preset's form */
export function GeneralFields({ hosts, hostHint }: { hosts?: readonly Option[]; hostHint?: string }) {
  const t = useTranslations('vm-create')
  const { isPreset } = useVmForm()
  return (
    <Section id="general" title={t('sections.general')}>
      {!isPreset && (
        <Fields>
          <Text path="name" label={t('name')} hint={t('nameHint')} />
          <Select path="host" label={t('host')} hint={hostHint} options={hosts ?? []} />
        </Fields>
      )}
      <div className="flex flex-col gap-2">
        <Check path="start" label={t('startIt')} />
        <Check path="autostart" label={t('autostart')} />
      </div>
      <Fold label={t('aboutIt')} paths={['title', 'owner', 'tags', 'notes']}>
        <Fields>
          <Text mono={false} path="title" label={t('vmTitle')} />
          <Text mono={false} path="owner" label={t('owner')} />
          <Text mono={false} path="tags" label={t('tags')} hint={t('tagsHint')} />
        </Fields>
        <Area mono={false} path="notes" label={t('notes')} rows={3} />
      </Fold>
    </Section>
  )
}
