'use client'
import { useTranslations } from 'next-intl'
import { Notice } from '@/components/ui/notice.tsx'
import { memoryText } from '@/lib/kit/units.ts'
import { Check, Select, Text, useVmForm } from './vm-form-context.tsx'
import { Fields, Fold, Section } from './section.tsx'

export function CpuFields() {
  const t = useTranslations('vm-create')
  const { form, choices, isPreset } = useVmForm()
  const emulated = choices !== null && !isPreset && form.type === 'auto' && !choices.kvm.usable
  return (
    <Section id="cpu" title={t('sections.cpu')}>
      <Fields>
        <Text
          numeric
          path="vcpus"
          label={t('vcpus')}
          hint={choices === null || isPreset ? undefined : t('vcpusHint', { threads: choices.threads })}
        />
        <Text
          path="memory"
          label={t('memory')}
          hint={
            choices === null || isPreset || choices.availableMemoryBytes === null
              ? t('sizeHint')
              : t('memoryHint', {
                  free: memoryText(choices.availableMemoryBytes),
                  all: memoryText(choices.memoryBytes),
                })
          }
        />
        <Select
          path="type"
          label={t('type')}
          options={(['auto', 'kvm', 'qemu'] as const).map((value) => ({ value, label: t(`types.${value}`) }))}
        />
      </Fields>
      {emulated && (
        <Notice tone="warn" title={t('emulated')}>
          {choices.kvm.reason}
        </Notice>
      )}
      <Fold
        label={t('moreCpu')}
        paths={['maxVcpus', 'cpu', 'topology', 'topology.sockets', 'topology.cores', 'topology.threads']}
      >
        <Fields>
          <Text numeric path="maxVcpus" label={t('maxVcpus')} hint={t('maxVcpusHint')} />
          <Select
            path="cpu"
            label={t('cpuModel')}
            options={[
              { value: '', label: t('cpuDefault') },
              ...(choices?.cpus ?? []).map((value) => ({ value, label: value })),
            ]}
          />
        </Fields>
        <Check path="hasTopology" label={t('topology')} hint={t('topologyHint')} />
        {form.hasTopology && (
          <Fields>
            <Text numeric path="topology.sockets" label={t('sockets')} />
            <Text numeric path="topology.cores" label={t('cores')} />
            <Text numeric path="topology.threads" label={t('threads')} />
          </Fields>
        )}
      </Fold>
    </Section>
  )
}
