import type { EditNic, NewNic } from '../contract/vm-edit.ts'
import type { VmNic } from '../contract/vms.ts'
import { defaultQueues } from './nic-check.ts'

export const nicSourceKinds = ['bridge', 'network', 'direct'] as const
export type NicSourceKind = (typeof nicSourceKinds)[number]
export const macvtapModes = ['bridge', 'vepa', 'private', 'passthrough'] as const

/** A NIC as its form holds it: texts as they are typed. */
export interface NicForm {
  sourceKind: NicSourceKind
  bridge: string
  network: string
  portGroup: string
  device: string
  mode: string
  model: string
  mac: string
  vlanKind: 'none' | 'access' | 'trunk'
  vlanTag: string
  vlanTags: string
  vlanNative: string
  queues: string
  rxRing: string
  txRing: string
  mtu: string
  linkUp: boolean
  inboundAverage: string
  inboundPeak: string
  inboundBurst: string
  outboundAverage: string
  outboundPeak: string
  outboundBurst: string
  filter: string
  isolated: boolean
}
export type NicFormField = keyof NicForm

/** What is wrong with a field before anybody is asked. */
export interface NicFormError {
  field: NicFormField
  code: 'needed' | 'formNumber' | 'formTags' | 'formMac'
}

export const isVirtio = (model: string): boolean => model.startsWith('virtio')

const textOf = (value: number | string | null | undefined): string =>
  value === null || value === undefined ? '' : String(value)

const nothing: NicForm = {
  sourceKind: 'bridge',
  bridge: '',
  network: '',
  portGroup: '',
  device: '',
  mode: 'bridge',
  model: 'virtio',
  mac: '',
  vlanKind: 'none',
  vlanTag: '',
  vlanTags: '',
  vlanNative: '',
  queues: '',
  rxRing: '',
  txRing: '',
  mtu: '',
  linkUp: true,
  inboundAverage: '',
  inboundPeak: '',
  inboundBurst: '',
  outboundAverage: '',
  outboundPeak: '',
  outboundBurst: '',
  filter: '',
  isolated: false,
}

/** A new NIC, on that bridge, with as many queues as help. */
export const newNicForm = (vcpus: number, bridge: string, mac: string): NicForm => ({
  ...nothing,
  bridge,
  mac,
  queues: String(defaultQueues(vcpus)),
})

export function formOfNic(nic: VmNic): NicForm {
  const kind = nicSourceKinds.find((one) => one === nic.sourceKind) ?? 'bridge'
  const source = nic.source ?? ''
  const vlan = nic.vlan
  return {
    ...nothing,
    sourceKind: kind,
    bridge: kind === 'bridge' ? source : '',
    network: kind === 'network' ? source : '',
    portGroup: nic.portGroup ?? '',
    device: kind === 'direct' ? source : '',
    mode: nic.mode ?? 'bridge',
    model: nic.model ?? '',
    mac: nic.mac,
    vlanKind: vlan === null ? 'none' : vlan.trunk ? 'trunk' : 'access',
    vlanTag: vlan === null || vlan.trunk ? '' : textOf(vlan.tags[0]),
    vlanTags: vlan?.trunk === true ? vlan.tags.join(' ') : '',
    vlanNative: textOf(vlan?.native),
    queues: textOf(nic.queues),
    rxRing: textOf(nic.rxRing),
    txRing: textOf(nic.txRing),
    mtu: textOf(nic.mtu),
    linkUp: nic.linkUp,
    inboundAverage: textOf(nic.inbound?.averageKBps),
    inboundPeak: textOf(nic.inbound?.peakKBps),
    inboundBurst: textOf(nic.inbound?.burstKB),
    outboundAverage: textOf(nic.outbound?.averageKBps),
    outboundPeak: textOf(nic.outbound?.peakKBps),
    outboundBurst: textOf(nic.outbound?.burstKB),
    filter: nic.filter ?? '',
    isolated: nic.isolated,
  }
}

type NicValues = Required<Omit<NewNic, 'etag' | 'apply' | 'bootOrder'>>

/** What the form says, whole. */
export function nicOfForm(form: NicForm): { nic: NicValues; errors: NicFormError[] } {
  const errors: NicFormError[] = []
  const number = (field: NicFormField): number | null => {
    const text = String(form[field]).trim()
    if (text === '') return null
    if (!/^\d{1,9}$/.test(text)) errors.push({ field, code: 'formNumber' })
    return Number(text)
  }
  const needed = (field: 'bridge' | 'network' | 'device'): string => {
    const text = form[field].trim()
    if (text === '') errors.push({ field, code: 'needed' })
    return text
  }
  const word = (text: string): string | null => (text.trim() === '' ? null : text.trim())
  const mac = form.mac.trim().toLowerCase().replaceAll('-', ':')
  if (mac !== '' && !/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(mac)) errors.push({ field: 'mac', code: 'formMac' })
  return {
    nic: {
      source: sourceOf(form, needed, word),
      model: word(form.model),
      mac: mac === '' ? null : mac,
      vlan: vlanOf(form, number, errors),
      // Emulated adapters have one queue and rings of their own.
      queues: isVirtio(form.model) ? number('queues') : null,
      rxRing: isVirtio(form.model) ? number('rxRing') : null,
      txRing: isVirtio(form.model) ? number('txRing') : null,
      mtu: number('mtu'),
      linkUp: form.linkUp,
      inbound: rateOf('inbound', number, errors),
      outbound: rateOf('outbound', number, errors),
      filter: word(form.filter),
      isolated: form.isolated,
    },
    errors,
  }
}

function sourceOf(
  form: NicForm,
  needed: (field: 'bridge' | 'network' | 'device') => string,
  word: (text: string) => string | null,
): NicValues['source'] {
  if (form.sourceKind === 'network')
    return { kind: 'network', network: needed('network'), portGroup: word(form.portGroup) }
  if (form.sourceKind === 'direct')
    return {
      kind: 'direct',
      device: needed('device'),
      mode: macvtapModes.find((mode) => mode === form.mode) ?? 'bridge',
    }
  return { kind: 'bridge', bridge: needed('bridge') }
}

/** `10 20 30-32` */
function tagsOf(text: string, errors: NicFormError[]): number[] {
  const parts = text.split(/[\s,]+/).filter((part) => part !== '')
  const tags = parts.flatMap((part) => {
    const [, first, last] = /^(\d{1,4})(?:-(\d{1,4}))?$/.exec(part) ?? []
    if (first === undefined) return []
    const [from, to] = [Number(first), Number(last ?? first)]
    return to < from ? [] : Array.from({ length: to - from + 1 }, (_, index) => from + index)
  })
  const isWhole = parts.every((part) => /^\d{1,4}(-\d{1,4})?$/.test(part))
  if (!isWhole || tags.length === 0) errors.push({ field: 'vlanTags', code: 'formTags' })
  return [...new Set(tags)]
}

function vlanOf(
  form: NicForm,
  number: (field: NicFormField) => number | null,
  errors: NicFormError[],
): NicValues['vlan'] {
  if (form.vlanKind === 'none') return null
  if (form.vlanKind === 'trunk')
    return { trunk: true, tags: tagsOf(form.vlanTags, errors), native: number('vlanNative') }
  const tag = number('vlanTag')
  if (tag === null) errors.push({ field: 'vlanTag', code: 'needed' })
  return { trunk: false, tags: tag === null ? [] : [tag], native: null }
}

function rateOf(
  way: 'inbound' | 'outbound',
  number: (field: NicFormField) => number | null,
  errors: NicFormError[],
): NicValues['inbound'] {
  const averageKBps = number(`${way}Average`)
  const [peakKBps, burstKB] = [number(`${way}Peak`), number(`${way}Burst`)]
  if (averageKBps !== null) return { averageKBps, peakKBps, burstKB }
  // Peak and burst are bounds of an average.
  if (peakKBps !== null || burstKB !== null) errors.push({ field: `${way}Average`, code: 'needed' })
  return null
}

/** Only what the person changed: somebody else's change of another field stays. */
export function nicEdit(
  before: NicForm,
  now: NicForm,
): { edit: Omit<EditNic, 'etag' | 'apply'>; errors: NicFormError[] } {
  const was = nicOfForm(before).nic
  const { nic, errors } = nicOfForm(now)
  const edit = Object.fromEntries(
    Object.entries(nic).filter(
      ([field, value]) =>
        JSON.stringify(value) !== JSON.stringify(was[field as keyof NicValues]) && (field !== 'mac' || value !== null),
    ),
  ) as Omit<EditNic, 'etag' | 'apply'>
  return { edit, errors }
}

const fieldsOfApi: Record<string, NicFormField> = {
  'source.bridge': 'bridge',
  'source.network': 'network',
  'source.portGroup': 'portGroup',
  'source.device': 'device',
  'source.mode': 'mode',
  'vlan.native': 'vlanNative',
  'inbound.averageKBps': 'inboundAverage',
  'inbound.peakKBps': 'inboundPeak',
  'inbound.burstKB': 'inboundBurst',
  'outbound.averageKBps': 'outboundAverage',
  'outbound.peakKBps': 'outboundPeak',
  'outbound.burstKB': 'outboundBurst',
  inbound: 'inboundAverage',
  outbound: 'outboundAverage',
}

/** The form's field for one that the API names, e.g. `source.bridge` or `vlan.tags.0`. */
export function nicFieldOf(field: string, form: NicForm): NicFormField | null {
  const named = fieldsOfApi[field]
  if (named !== undefined) return named
  if (field === 'source') return form.sourceKind === 'direct' ? 'device' : form.sourceKind
  if (field.startsWith('vlan'))
    return form.vlanKind === 'none' ? 'vlanKind' : form.vlanKind === 'trunk' ? 'vlanTags' : 'vlanTag'
  return field in form ? (field as NicFormField) : null
}

/** What a start changes of a NIC: fields by the names the API has for them. */
export interface NicDifference {
  field: NicDifferenceField
  now: string | null
  next: string | null
}
export type NicDifferenceField = (typeof differenceFields)[number][0]

const bandwidthText = (rate: VmNic['inbound']): string | null =>
  rate === null ? null : [rate.averageKBps, rate.peakKBps ?? '', rate.burstKB ?? ''].join('/').replace(/\/+$/, '')

export function vlanText(vlan: VmNic['vlan']): string | null {
  if (vlan === null) return null
  const tags = vlan.tags.join(',')
  return vlan.trunk ? `${tags}${vlan.native === null ? '' : ` (${vlan.native})`}` : tags
}

const differenceFields = [
  ['source', (nic: VmNic) => nic.source],
  ['mode', (nic: VmNic) => nic.mode],
  ['portGroup', (nic: VmNic) => nic.portGroup],
  ['model', (nic: VmNic) => nic.model],
  ['vlan', (nic: VmNic) => vlanText(nic.vlan)],
  ['queues', (nic: VmNic) => textOf(nic.queues ?? 1)],
  ['rxRing', (nic: VmNic) => textOf(nic.rxRing) || null],
  ['txRing', (nic: VmNic) => textOf(nic.txRing) || null],
  ['mtu', (nic: VmNic) => textOf(nic.mtu) || null],
  ['linkUp', (nic: VmNic) => (nic.linkUp ? 'up' : 'down')],
  ['inbound', (nic: VmNic) => bandwidthText(nic.inbound)],
  ['outbound', (nic: VmNic) => bandwidthText(nic.outbound)],
  ['filter', (nic: VmNic) => nic.filter],
  ['isolated', (nic: VmNic) => (nic.isolated ? 'yes' : 'no')],
  ['bootOrder', (nic: VmNic) => textOf(nic.bootOrder) || null],
] as const satisfies readonly (readonly [string, (nic: VmNic) => string | null])[]

export const nicDifferences = (running: VmNic, defined: VmNic): NicDifference[] =>
  differenceFields
    .map(([field, read]) => ({ field, now: read(running), next: read(defined) }))
    .filter(({ now, next }) => now !== next)
