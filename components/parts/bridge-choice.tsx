'use client'
import { useTranslations } from 'next-intl'
import { useId } from 'react'
import { State } from '@/components/ui/state.tsx'
import type { HostChoices } from '@/lib/contract/vm-create.ts'
import { figuresOf } from '@/lib/wire/host-view.ts'
import { useHostView } from '@/lib/wire/live.ts'
import { useVms } from '@/lib/wire/vms.ts'
import { Figure, useScale } from './figure.tsx'

/** `isLan` is of the choice among several hosts' bridges. */
type Bridge = Omit<HostChoices['bridges'][number], 'isLan'> & { isLan?: boolean }

/** `1–4, 10, 20` */
function vlanText(vlans: readonly number[]): string {
  const runs: [number, number][] = []
  for (const vlan of vlans.toSorted((a, b) => a - b)) {
    const last = runs.at(-1)
    if (last !== undefined && last[1] === vlan - 1) last[1] = vlan
    else runs.push([vlan, vlan])
  }
  return runs.map(([from, to]) => (from === to ? `${from}` : `${from}–${to}`)).join(', ')
}

/** The bridge a NIC shall be on, out of those that are there, each with its MTU, VLANs, carrier and load. */
export function BridgeChoice({
  host,
  bridges,
  value,
  error,
  onChange,
}: {
  /** Whose live figures are shown; null: bridges of several hosts, or none yet. */
  host: { id: string; name: string } | null
  bridges: readonly Bridge[]
  /** Name of the bridge, or '' */
  value: string
  error?: string | undefined
  onChange: (bridge: string) => void
}) {
  const t = useTranslations('vm-create')
  const id = useId()
  const view = useHostView(host?.id ?? null)
  const vms = useVms(null).data?.items.filter((vm) => vm.host.id === host?.id) ?? []
  const load = bridges.map(({ name, uplinks }) => {
    const figures = (uplinks.length === 0 ? [name] : uplinks).map((link) => figuresOf(view, link))
    const sum = (index: 0 | 1) => {
      const rates = figures.flatMap((one) => one?.[index] ?? [])
      return rates.length === 0 ? null : rates.reduce((total, rate) => total + rate, 0)
    }
    return { rx: sum(0), tx: sum(1) }
  })
  const scale = useScale(load.flatMap(({ rx, tx }) => [rx, tx]))
  const isGone = value !== '' && bridges.length > 0 && !bridges.some(({ name }) => name === value)
  return (
    <fieldset
      className="@container flex min-w-0 flex-col gap-1"
      aria-describedby={error === undefined ? undefined : `${id}-error`}
    >
      <legend className="mb-1 text-12 text-ink-2">{t('bridge')}</legend>
      {host !== null && bridges.length === 0 && <p className="text-ink-2">{t('noBridges', { host: host.name })}</p>}
      <div className="grid gap-2 @4xl:grid-cols-2">
        {bridges.map((bridge, index) => (
          <label
            key={bridge.name}
            className="grid min-w-0 grid-cols-[auto_minmax(0,auto)_auto_1fr] items-baseline gap-x-2.5 rounded-base border border-line-strong bg-surface px-3 py-2 hover:bg-hover has-checked:border-accent"
          >
            <input
              type="radio"
              name={id}
              value={bridge.name}
              checked={value === bridge.name}
              onChange={() => onChange(bridge.name)}
              className="self-center accent-accent"
            />
            <span className="figures truncate font-bold">{bridge.name}</span>
            <Carrier bridge={bridge} />
            <span className="flex gap-1.5 justify-self-end text-12 whitespace-nowrap text-ink-3 max-phone:hidden">
              {host !== null && (
                <>
                  <span>rx</span> <Figure value={load[index]?.rx ?? null} scale={scale} />
                  <span>tx</span> <Figure value={load[index]?.tx ?? null} scale={scale} />
                  <span>pps</span>
                </>
              )}
            </span>
            <span className="col-span-3 col-start-2 text-12 text-ink-3">
              <BridgeText
                bridge={bridge}
                vms={
                  host === null
                    ? null
                    : vms.filter(({ nics }) => nics.some(({ source }) => source === bridge.name)).length
                }
              />
            </span>
          </label>
        ))}
        {isGone && (
          <label className="grid grid-cols-[auto_minmax(0,1fr)] items-baseline gap-x-2.5 rounded-base border border-warn/60 bg-surface px-3 py-2">
            <input type="radio" name={id} value={value} checked readOnly className="self-center accent-accent" />
            <span className="figures truncate font-bold">{value}</span>
            <span className="col-start-2 text-12 text-warn">{t('bridgeGone')}</span>
          </label>
        )}
      </div>
      {error !== undefined && (
        <p id={`${id}-error`} role="alert" className="text-12 text-bad">
          {error}
        </p>
      )}
    </fieldset>
  )
}

function Carrier({ bridge: { up, uplinks, carrier } }: { bridge: Bridge }) {
  const t = useTranslations('vm-create')
  if (!up) return <State tone="bad" word={t('bridgeDown')} />
  if (uplinks.length === 0) return <State tone="off" word={t('bridgeIsland')} />
  return carrier === false ? (
    <State tone="warn" word={t('bridgeNoCarrier')} />
  ) : (
    <State tone="ok" word={t('bridgeUp')} />
  )
}

/** @param vms how many are on it; null: not counted */
function BridgeText({
  bridge: { kind, uplinks, mtu, vlanAware, vlans, isLan },
  vms,
}: {
  bridge: Bridge
  vms: number | null
}) {
  const t = useTranslations('vm-create')
  return [
    ...(kind === 'ovs' ? ['Open vSwitch'] : []),
    uplinks.length === 0 ? t('noUplink') : uplinks.join(' + '),
    `MTU ${mtu}`,
    vlanAware ? t('vlans', { vlans: vlans.length === 0 ? '—' : vlanText(vlans) }) : t('noVlans'),
    ...(vms === null ? [] : [t('vmsOnIt', { count: vms })]),
    ...(isLan === true ? [t('isLan')] : []),
  ].join(' · ')
}
