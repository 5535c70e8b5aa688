'use client'
import { useTranslations } from 'next-intl'
import { BridgeChoice } from '@/components/parts/bridge-choice.tsx'
import { Button } from '@/components/ui/button.tsx'
import { SelectField } from '@/components/ui/field.tsx'
import { Notice } from '@/components/ui/notice.tsx'
import { blankNic, type NicForm } from '@/lib/vm/create-form-nic.ts'
import { withValue } from '@/lib/vm/form-path.ts'
import { Check, Select, Text, useVmForm } from './vm-form-context.tsx'
import { Fields, Fold, Part, Section } from './section.tsx'

export function NicFields() {
  const t = useTranslations('vm-create')
  const { form, change, errorOf, choices, isPreset } = useVmForm()
  const lan = isPreset ? '' : (choices?.bridges.find(({ isLan }) => isLan)?.name ?? '')
  const general = errorOf('nics')
  return (
    <Section id="network" title={t('sections.network')} lead={t('networkLead')}>
      {form.nics.map((nic, index) => (
        // oxlint-disable-next-line react/no-array-index-key -- a NIC is told by its place, as in the API
        <Nic key={index} nic={nic} index={index} />
      ))}
      {general !== undefined && (
        <p role="alert" className="text-12 text-bad">
          {general}
        </p>
      )}
      <span>
        <Button onClick={() => change((held) => ({ ...held, nics: [...held.nics, blankNic(lan)] }))}>
          {t('addNic')}
        </Button>
      </span>
    </Section>
  )
}

function Nic({ nic, index }: { nic: NicForm; index: number }) {
  const t = useTranslations('vm-create')
  const { change, choices, isPreset, errorOf } = useVmForm()
  const path = `nics.${index}` as const
  // On a host that is known, what leads to its LAN is one of the bridges that are there.
  const kinds = isPreset
    ? (['lan', 'bridge', 'network', 'direct'] as const)
    : (['bridge', 'network', 'direct'] as const)
  const kind = nic.kind === 'lan' && !isPreset ? 'bridge' : nic.kind
  const bridge = choices?.bridges.find(({ name, isLan }) => (nic.kind === 'lan' ? isLan : name === nic.bridge))
  const canTag = nic.kind === 'bridge' || nic.kind === 'lan'
  return (
    <Part
      title={t('nicTitle', { number: index + 1 })}
      action={
        <Button
          variant="quiet"
          aria-label={t('removeNic', { number: index + 1 })}
          onClick={() => change((held) => ({ ...held, nics: held.nics.filter((_, place) => place !== index) }))}
        >
          {t('remove')}
        </Button>
      }
    >
      <Fields>
        <SelectField
          label={t('connectTo')}
          value={kind}
          options={kinds.map((value) => ({ value, label: t(`nicKinds.${value}`) }))}
          onChange={({ target }) => change((form) => withValue(form, `${path}.kind`, target.value))}
        />
        {nic.kind === 'network' && <NetworkSelect nic={nic} index={index} />}
        {nic.kind === 'direct' && (
          <>
            <Select
              path={`${path}.device`}
              label={t('device')}
              options={[
                { value: '', label: t('choose') },
                ...(choices?.devices ?? []).map(({ name, mtu }) => ({ value: name, label: `${name} · MTU ${mtu}` })),
              ]}
            />
            <Select
              path={`${path}.mode`}
              label={t('directMode')}
              options={['bridge', 'vepa', 'private', 'passthrough'].map((value) => ({ value, label: value }))}
            />
          </>
        )}
      </Fields>
      {kind === 'bridge' && (
        <BridgeChoice
          host={isPreset ? null : (choices?.host ?? null)}
          bridges={choices?.bridges ?? []}
          value={nic.kind === 'lan' ? (bridge?.name ?? '') : nic.bridge}
          error={errorOf(`${path}.bridge`) ?? errorOf(`${path}.lan`)}
          onChange={(name) =>
            change((form) => withValue(withValue(form, `${path}.kind`, 'bridge'), `${path}.bridge`, name))
          }
        />
      )}
      {kind === 'lan' && <p className="text-ink-2">{t('lanInPreset')}</p>}
      {nic.kind === 'direct' && (
        <Notice tone="warn" title={t('macvtapSilence')}>
          {t('macvtapSilenceText')}
        </Notice>
      )}
      {canTag && bridge?.vlanAware !== false && (
        <Fields>
          <Text path={`${path}.vlanTags`} label={t('vlanTags')} hint={t('vlanTagsHint')} />
          {nic.vlanTrunk && <Text numeric path={`${path}.vlanNative`} label={t('vlanNative')} />}
          <Check path={`${path}.vlanTrunk`} label={t('vlanTrunk')} hint={t('vlanTrunkHint')} />
        </Fields>
      )}
      {canTag && bridge?.vlanAware === false && nic.vlanTags !== '' && (
        <Text path={`${path}.vlanTags`} label={t('vlanTags')} hint={t('notVlanAware', { bridge: bridge.name })} />
      )}
      <More index={index} />
    </Part>
  )
}

function NetworkSelect({ nic, index }: { nic: NicForm; index: number }) {
  const t = useTranslations('vm-create')
  const { choices } = useVmForm()
  const networks = choices?.networks ?? []
  const groups = networks.find(({ name }) => name === nic.network)?.portGroups ?? []
  return (
    <>
      <Select
        path={`nics.${index}.network`}
        label={t('libvirtNetwork')}
        options={[
          { value: '', label: t('choose') },
          ...networks.map(({ name, mode, active }) => ({
            value: name,
            label: active ? `${name} · ${mode}` : `${name} · ${t('notRunning')}`,
          })),
        ]}
      />
      {groups.length > 0 && (
        <Select
          path={`nics.${index}.portGroup`}
          label={t('portGroup')}
          options={[{ value: '', label: t('default') }, ...groups.map((value) => ({ value, label: value }))]}
        />
      )}
    </>
  )
}

function More({ index }: { index: number }) {
  const t = useTranslations('vm-create')
  const { choices, isPreset, form } = useVmForm()
  const path = `nics.${index}` as const
  const rings = ['', '256', '512', '1024'].map((value) => ({ value, label: value === '' ? t('default') : value }))
  const rates = ['averageKBps', 'peakKBps', 'burstKB'] as const
  const own = ['model', 'mac', 'queues', 'rxRing', 'txRing', 'mtu', 'linkUp', 'filter', 'isolated']
  return (
    <Fold
      label={t('moreNic')}
      paths={[
        ...own.map((field) => `${path}.${field}`),
        ...rates.flatMap((field) => [`${path}.inbound.${field}`, `${path}.outbound.${field}`]),
      ]}
    >
      <Fields>
        <Select
          path={`${path}.model`}
          label={t('model')}
          options={['virtio', 'e1000e', 'e1000', 'rtl8139'].map((value) => ({ value, label: value }))}
        />
        {!isPreset && (
          <Text path={`${path}.mac`} label={t('mac')} placeholder={t('macGenerated')} hint={t('macHint')} />
        )}
        <Text
          numeric
          path={`${path}.queues`}
          label={t('queues')}
          placeholder={String(Math.min(Number(form.vcpus) || 1, 8))}
          hint={t('queuesHint')}
        />
        <Select path={`${path}.rxRing`} label={t('rxRing')} options={rings} />
        <Select path={`${path}.txRing`} label={t('txRing')} options={rings} />
        <Text numeric path={`${path}.mtu`} label="MTU" placeholder={t('asBridge')} hint={t('mtuHint')} />
        <Select
          path={`${path}.filter`}
          label={t('filter')}
          options={[
            { value: '', label: t('noFilter') },
            ...(choices?.filters ?? []).map((value) => ({ value, label: value })),
          ]}
        />
      </Fields>
      <div className="flex flex-col gap-2">
        <Check path={`${path}.linkUp`} label={t('linkUp')} />
        <Check path={`${path}.isolated`} label={t('isolated')} hint={t('isolatedHint')} />
      </div>
      {(['inbound', 'outbound'] as const).map((direction) => (
        <fieldset key={direction} className="flex min-w-0 flex-col gap-2">
          <legend className="mb-1 text-12 text-ink-2">{t(`rates.${direction}`)}</legend>
          <Fields>
            {rates.map((field) => (
              <Text key={field} numeric path={`${path}.${direction}.${field}`} label={t(`rateFields.${field}`)} />
            ))}
          </Fields>
        </fieldset>
      ))}
    </Fold>
  )
}
