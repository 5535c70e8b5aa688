'use client'
import { useTranslations } from 'next-intl'
import { CodeField } from '@/components/parts/code-field.tsx'
import { RadioCards } from '@/components/ui/field.tsx'
import { withValue } from '@/lib/vm/form-path.ts'
import { Area, Check, Select, Text, useVmForm } from './vm-form-context.tsx'
import { Fields, Section } from './section.tsx'

const begun = '#cloud-config\n'

export function CloudInitFields() {
  const t = useTranslations('vm-create')
  const { form, change, isPreset, errorOf } = useVmForm()
  const { isOwn, userData } = form.cloudInit
  return (
    <Section id="cloud-init" title="Cloud-init" lead={t('cloudInitLead')}>
      <Check path="hasCloudInit" label={t('cloudInit')} />
      {form.hasCloudInit && (
        <>
          <RadioCards
            label={t('userDataKind')}
            name="userDataKind"
            value={isOwn ? 'own' : 'fields'}
            options={(['fields', 'own'] as const).map((value) => ({
              value,
              label: t(`userDataKinds.${value}`),
              hint: t(`userDataKindHints.${value}`),
            }))}
            onChange={(kind) =>
              change((held) =>
                withValue(held, 'cloudInit', {
                  ...held.cloudInit,
                  isOwn: kind === 'own',
                  userData: held.cloudInit.userData === '' ? begun : held.cloudInit.userData,
                }),
              )
            }
          />
          <Fields>
            {!isPreset && <Text path="cloudInit.hostname" label={t('hostname')} placeholder={form.name} />}
            {!isOwn && <Text path="cloudInit.user" label={t('user')} hint={t('userHint')} />}
            {!isOwn && !isPreset && (
              <Text type="password" path="cloudInit.password" label={t('password')} hint={t('passwordHint')} />
            )}
          </Fields>
          {isOwn ? (
            <UserData
              value={userData}
              error={errorOf('cloudInit.userData')}
              onChange={(text) => change((held) => withValue(held, 'cloudInit.userData', text))}
            />
          ) : (
            <>
              <Area path="cloudInit.sshKeys" rows={3} label={t('sshKeys')} hint={t('sshKeysHint')} />
              <Text path="cloudInit.packages" label={t('packages')} hint={t('packagesHint')} />
            </>
          )}
          {form.nics.map((_, index) => (
            // oxlint-disable-next-line react/no-array-index-key -- a NIC is told by its place, as in the API
            <GuestNetwork key={index} index={index} />
          ))}
        </>
      )}
    </Section>
  )
}

function UserData({
  value,
  error,
  onChange,
}: {
  value: string
  error: string | undefined
  onChange: (text: string) => void
}) {
  const t = useTranslations('vm-create')
  return (
    <CodeField
      language="yaml"
      label="user-data"
      hint={t('userDataHint')}
      error={error}
      value={value}
      onChange={onChange}
    />
  )
}

/** How the guest gets its addresses on one NIC. */
function GuestNetwork({ index }: { index: number }) {
  const t = useTranslations('vm-create')
  const { form } = useVmForm()
  const path = `nics.${index}.guest` as const
  const guest = form.nics[index]?.guest
  return (
    <fieldset className="flex min-w-0 flex-col gap-3">
      <legend className="mb-1 font-bold">{t('guestNetwork', { number: index + 1 })}</legend>
      <Fields>
        <Select
          path={`${path}.kind`}
          label={t('addressing')}
          options={(['dhcp', 'static'] as const).map((value) => ({ value, label: t(`addressings.${value}`) }))}
        />
        {guest?.kind === 'static' && (
          <>
            <Text path={`${path}.addresses`} label={t('addresses')} hint={t('addressesHint')} />
            <Text path={`${path}.gateway4`} label={t('gateway4')} />
            <Text path={`${path}.gateway6`} label={t('gateway6')} />
            <Text path={`${path}.nameservers`} label={t('nameservers')} />
            <Text path={`${path}.search`} label={t('search')} />
          </>
        )}
      </Fields>
      <Check path={`${path}.dhcp6`} label={t('dhcp6')} />
    </fieldset>
  )
}
