'use client'
import { useTranslations } from 'next-intl'
import { useFormContext, useWatch } from 'react-hook-form'
import { Checkbox, RadioCards, SelectField, TextField } from '@/components/ui/field.tsx'
import type { LinkFacts } from '@/lib/facts/facts.ts'
import { configOf, type FormAction, heirsOf, type LinkForm, type LinkState } from '@/lib/net/link-form.ts'
import type { NetworkState } from '@/lib/contract/network.ts'
import { BondFields } from './bond-fields.tsx'
import { BridgeFields } from './bridge-fields.tsx'
import { Fold } from './fold.tsx'
import { IpFields, RouteFields } from './ip-fields.tsx'
import { PortChoice, PortVlanFields } from './port-fields.tsx'

interface Props {
  state: NetworkState
  links: readonly LinkFacts[]
  /** The link it begins from. */
  on: LinkState | null
}

/** The fields of each action's form. */
export function LinkFormFields({ action, ...props }: Props & { action: FormAction }) {
  const Fields = fieldsOf[action]
  return <Fields {...props} />
}

const fieldsOf: Record<FormAction, (props: Props) => React.ReactNode> = {
  bridge: NewBridge,
  vlan: NewVlan,
  bond: NewBond,
  edit: Edit,
  addresses: Addresses,
  attach: Attach,
  'port-vlans': PortVlanFields,
  mtu: Chain,
  delete: Delete,
}

function Name({ hint }: { hint?: string }) {
  const t = useTranslations('network.form')
  const { register, formState } = useFormContext<LinkForm>()
  return (
    <TextField
      {...register('name')}
      mono
      label={t('name')}
      hint={hint ?? t('nameHint')}
      error={formState.errors.name?.message}
    />
  )
}

/** @param limits of the adapter beneath, when it says them */
function Mtu({ limits }: { limits?: Pick<LinkFacts, 'minMtu' | 'maxMtu'> | undefined }) {
  const t = useTranslations('network.form')
  const { register, formState } = useFormContext<LinkForm>()
  const max = limits?.maxMtu ?? null
  return (
    <TextField
      {...register('mtu')}
      mono
      inputMode="numeric"
      label={t('mtu')}
      hint={max === null ? undefined : t('mtuHint', { min: limits?.minMtu ?? 68, max })}
      error={formState.errors.mtu?.message}
    />
  )
}

function Mac({ hint }: { hint: string }) {
  const t = useTranslations('network.form')
  const { register, formState } = useFormContext<LinkForm>()
  return <TextField {...register('mac')} mono label={t('mac')} hint={hint} error={formState.errors.mac?.message} />
}

/** Where a new link's addresses come from: the first port's, none, or typed here. @param from who has some to give */
function AddressingFields({ from }: { from: string | null }) {
  const t = useTranslations('network.form')
  const { setValue, formState } = useFormContext<LinkForm>()
  const addressing = useWatch<LinkForm, 'addressing'>({ name: 'addressing' })
  const error = formState.errors.addressing?.message
  const options = [
    ...(from === null
      ? []
      : [{ value: 'move' as const, label: t('addressings.move', { link: from }), hint: t('addressings.moveHint') }]),
    { value: 'none' as const, label: t('addressings.none'), hint: t('addressings.noneHint') },
    { value: 'set' as const, label: t('addressings.set'), hint: t('addressings.setHint') },
  ]
  return (
    <>
      <RadioCards
        stacked
        label={t('addressing')}
        name="addressing"
        value={addressing}
        options={options}
        onChange={(next) => setValue('addressing', next, { shouldDirty: true })}
      />
      {error !== undefined && (
        <p role="alert" className="text-12 text-bad">
          {error}
        </p>
      )}
      {addressing === 'set' && <IpFields />}
    </>
  )
}

const limitsOf = (links: readonly LinkFacts[], name: string | undefined) => links.find((link) => link.name === name)

/** Links that can become ports, each with what is to be known of it. */
function usePortChoices(state: NetworkState, kinds: readonly string[], held: readonly string[]) {
  const t = useTranslations('network')
  return state.links
    .filter((link) => {
      const { kind, master } = link.actual ?? configOf(link)
      return (master === null || held.includes(link.name)) && link.readOnly === null && kinds.includes(kind)
    })
    .map((link) => {
      const { kind, ipv4, ipv6 } = configOf(link)
      const addresses = [ipv4, ipv6].flatMap((ip) => (ip.kind === 'none' ? [] : [ip.kind, ...ip.addresses]))
      return {
        name: link.name,
        aside: [kind, link.management ? `⚑ ${t('management')}` : null, ...addresses].filter(Boolean).join(' · '),
      }
    })
}

/** Who has addresses to give to a master of these ports. */
function useGiver(state: NetworkState): string | null {
  const ports = useWatch<LinkForm, 'ports'>({ name: 'ports' })
  const first = state.links.find(({ name }) => name === ports[0])
  if (first === undefined) return null
  const { ipv4, ipv6 } = configOf(first)
  return ipv4.kind === 'none' && ipv6.kind === 'none' ? null : first.name
}

function NewBridge({ state, links, on }: Props) {
  const t = useTranslations('network.form')
  const ports = useWatch<LinkForm, 'ports'>({ name: 'ports' })
  const choices = usePortChoices(state, ['nic', 'bond', 'vlan'], [])
  const giver = useGiver(state)
  const limits = limitsOf(links, ports[0])
  return (
    <>
      <Name />
      {on === null && <PortChoice choices={choices} />}
      {ports.length === 0 && <p className="text-12 text-ink-3">{t('noPorts')}</p>}
      <AddressingFields from={giver} />
      <Fold label={t('advanced')} path="bridge mtu mac">
        {on !== null && <PortChoice choices={choices} />}
        <div className="grid gap-3 phone:grid-cols-[8rem_minmax(0,1fr)]">
          <Mtu limits={limits} />
          <Mac hint={t('macHint')} />
        </div>
        <BridgeFields />
      </Fold>
    </>
  )
}

function NewVlan({ state, links }: Props) {
  const t = useTranslations('network.form')
  const { register, formState } = useFormContext<LinkForm>()
  const { parent, id } = useWatch<LinkForm, 'vlan'>({ name: 'vlan' })
  const wrong = formState.errors.vlan
  const parents = state.links.filter((link) => link.readOnly === null && configOf(link).kind !== 'vlan')
  return (
    <>
      <SelectField
        {...register('vlan.parent', { required: true })}
        label={t('parent')}
        error={wrong?.parent?.message}
        options={[
          ...(parent === '' ? [{ value: '', label: t('choose') }] : []),
          ...parents.map(({ name }) => ({ value: name, label: name })),
        ]}
      />
      <TextField
        {...register('vlan.id')}
        mono
        inputMode="numeric"
        label={t('vlanId')}
        hint="1–4094"
        error={wrong?.id?.message}
      />
      <Name hint={t('vlanNameHint', { name: `${parent || '…'}.${id.trim() || '…'}` })} />
      <AddressingFields from={null} />
      <Fold label={t('advanced')} path="mtu">
        <Mtu limits={limitsOf(links, parent)} />
      </Fold>
    </>
  )
}

function NewBond({ state, links }: Props) {
  const t = useTranslations('network.form')
  const ports = useWatch<LinkForm, 'ports'>({ name: 'ports' })
  const choices = usePortChoices(state, ['nic'], [])
  return (
    <>
      <Name />
      <PortChoice choices={choices} />
      <BondFields ports={ports} />
      <AddressingFields from={useGiver(state)} />
      <Fold label={t('mtu')} path="mtu">
        <Mtu limits={limitsOf(links, ports[0])} />
      </Fold>
    </>
  )
}

function Edit({ state, links, on }: Props) {
  const t = useTranslations('network.form')
  const { register, formState } = useFormContext<LinkForm>()
  if (on === null) return null
  const { kind, name } = configOf(on)
  const ports = state.links.filter((link) => (link.actual ?? configOf(link)).master === name)
  return (
    <>
      {kind === 'vlan' && (
        <TextField
          {...register('vlan.id')}
          mono
          inputMode="numeric"
          label={t('vlanId')}
          hint="1–4094"
          error={formState.errors.vlan?.id?.message}
        />
      )}
      <div className="grid gap-3 phone:grid-cols-[8rem_minmax(0,1fr)]">
        <Mtu limits={limitsOf(links, name)} />
        <Mac hint={t('macEditHint')} />
      </div>
      {kind === 'bridge' && <BridgeFields />}
      {kind === 'bond' && <BondFields ports={ports.map((port) => port.name)} />}
    </>
  )
}

function Addresses() {
  return (
    <>
      <IpFields />
      <RouteFields />
    </>
  )
}

function Attach({ state, on }: Props) {
  const t = useTranslations('network.form')
  const { register, formState } = useFormContext<LinkForm>()
  const { master, port } = useWatch<LinkForm, 'attach'>({ name: 'attach' })
  const wrong = formState.errors.attach
  const kind = on === null ? 'nic' : configOf(on).kind
  const isMaster = kind === 'bridge' || kind === 'bond'
  const choices = usePortChoices(state, kind === 'bond' ? ['nic'] : ['nic', 'bond', 'vlan'], [])
  const masters = state.links.filter(
    (link) => link.readOnly === null && ['bridge', 'bond'].includes(configOf(link).kind),
  )
  const pick = (list: readonly { name: string; aside?: string }[], value: string) => [
    ...(value === '' ? [{ value: '', label: t('choose') }] : []),
    ...list.map(({ name, aside }) => ({ value: name, label: aside === undefined ? name : `${name} (${aside})` })),
  ]
  const target = state.links.find(({ name }) => name === master)
  return (
    <>
      {isMaster ? (
        <SelectField
          {...register('attach.port')}
          label={t('port')}
          error={wrong?.port?.message}
          options={pick(choices, port)}
        />
      ) : (
        <SelectField
          {...register('attach.master')}
          label={t('master')}
          error={wrong?.master?.message ?? wrong?.port?.message}
          options={pick(masters, master)}
        />
      )}
      <Checkbox {...register('attach.moveAddresses')} label={t('moveAddresses')} hint={t('moveAddressesHint')} />
      {target !== undefined && configOf(target).bridge?.vlanFiltering === true && <PortVlanFields />}
    </>
  )
}

function Chain({ links, on }: Props) {
  return <Mtu limits={limitsOf(links, on?.name)} />
}

function Delete({ state, on }: Props) {
  const t = useTranslations('network.form')
  const { register, formState } = useFormContext<LinkForm>()
  if (on === null) return null
  const heirs = heirsOf(state, configOf(on))
  return (
    <>
      <p className="text-ink-2">{t('deleteLead', { link: on.name })}</p>
      {heirs.length > 0 && (
        <SelectField
          {...register('addressesTo')}
          label={t('addressesTo')}
          error={formState.errors.addressesTo?.message}
          options={[...heirs.map((name) => ({ value: name, label: name })), { value: '', label: t('nobody') }]}
        />
      )}
    </>
  )
}
