'use client'
import { useTranslations } from 'next-intl'
import { type Column, DataTable } from '@/components/parts/data-table.tsx'
import { IconButton } from '@/components/ui/button.tsx'
import { Menu } from '@/components/ui/menu.tsx'
import { State } from '@/components/ui/state.tsx'
import type { NetworkState } from '@/lib/contract/network.ts'
import type { HostFacts, LinkFacts } from '@/lib/facts/facts.ts'
import { configOf, type LinkAction, type LinkState } from '@/lib/net/link-form.ts'
import { linkSpeedText } from '@/lib/kit/units.ts'
import type { SaidOffer } from './link-offers.ts'

interface Row {
  name: string
  /** Null: it is in files and not there. */
  facts: LinkFacts | null
  /** Null: nobody configures it (a tap, the loopback), or the state is not read yet. */
  known: LinkState | null
  management: boolean
  /** How many settings differ between files and kernel. */
  drift: number
}

function rowsOf(facts: HostFacts, state: NetworkState | undefined): Row[] {
  const management = new Set(facts.network.managementPath?.links)
  const names = [...new Set([...facts.network.links, ...(state?.links ?? [])].map(({ name }) => name))]
  return names.map((name) => {
    const known = state?.links.find((link) => link.name === name) ?? null
    return {
      name,
      facts: facts.network.links.find((link) => link.name === name) ?? null,
      known,
      management: known?.management ?? management.has(name),
      drift: state?.drift.filter(({ link }) => link === name).length ?? 0,
    }
  })
}

const kindOf = ({ facts, known }: Row): string => facts?.kind ?? (known === null ? '' : configOf(known).kind)
const addressesOf = ({ facts }: Row): string =>
  (facts?.addresses ?? []).map(({ address, prefix }) => `${address}/${prefix}`).join(' ')

/** Every link, what it is and what can be done with it. */
export function Links({
  facts,
  state,
  offers,
  onOpen,
  onAction,
}: {
  facts: HostFacts
  state: NetworkState | undefined
  offers: (link: LinkState) => SaidOffer[]
  onOpen: (link: string) => void
  onAction: (action: LinkAction, link: string) => void
}) {
  const t = useTranslations('network')
  const mono = (text: string | null) => <span className="figures text-ink-2">{text ?? '—'}</span>
  const columns: Column<Row>[] = [
    {
      id: 'name',
      label: t('name'),
      value: ({ name }) => name,
      cell: ({ name, management, facts: seen }) => (
        <button type="button" onClick={() => onOpen(name)} className="font-bold hover:text-accent">
          {name}
          {management && <span className="ml-2 text-12 font-normal text-warn">⚑ {t('management')}</span>}
          {seen === null && <span className="ml-2 text-12 font-normal text-bad">{t('drift.kinds.missing')}</span>}
        </button>
      ),
    },
    {
      id: 'change',
      label: t('change'),
      sortable: false,
      value: () => null,
      cell: ({ name, known }) =>
        known !== null && (
          <Menu
            trigger={
              <IconButton label={t('actionsOf', { link: name })}>
                <span aria-hidden="true">⋯</span>
              </IconButton>
            }
            groups={[
              offers(known).map(({ action, label, reason }) => ({
                label,
                disabledReason: reason,
                danger: action === 'delete',
                onSelect: () => onAction(action, name),
              })),
            ]}
          />
        ),
    },
    { id: 'kind', label: t('kind'), from: 'phone', value: kindOf, cell: (row) => mono(kindOf(row)) },
    {
      id: 'drift',
      label: t('state'),
      value: ({ facts: seen, drift }) => (drift > 0 ? 'drift' : (seen?.operState ?? null)),
      cell: (row) => <RowState row={row} />,
    },
    {
      id: 'backEnd',
      label: t('owner'),
      from: 'md',
      value: ({ facts: seen, known }) => seen?.backEnd ?? known?.owner ?? null,
      cell: ({ facts: seen, known }) => (
        <>
          {mono(seen?.backEnd ?? known?.owner ?? null)}
          {known !== null && known.readOnly !== null && (
            <span className="ml-2 text-12 text-ink-3">{t('readOnlyLink')}</span>
          )}
        </>
      ),
    },
    {
      id: 'master',
      label: t('portOf'),
      from: 'phone',
      value: ({ facts: seen }) => seen?.master ?? seen?.lower ?? null,
      cell: ({ facts: seen }) => mono(seen?.master ?? seen?.lower ?? null),
    },
    {
      id: 'addresses',
      label: t('addresses'),
      from: 'md',
      value: addressesOf,
      cell: (row) => (
        <span className="figures inline-block max-w-64 truncate align-middle text-ink-2" title={addressesOf(row)}>
          {addressesOf(row) || '—'}
        </span>
      ),
    },
    {
      id: 'mac',
      label: t('mac'),
      from: 'xl',
      value: ({ facts: seen }) => seen?.mac ?? null,
      cell: ({ facts: seen }) => mono(seen?.mac ?? null),
    },
    {
      id: 'mtu',
      label: t('mtu'),
      align: 'right',
      descendsFirst: true,
      value: ({ facts: seen }) => seen?.mtu ?? null,
      cell: ({ facts: seen }) => mono(seen === null ? null : String(seen.mtu)),
    },
    {
      id: 'vms',
      label: t('vms'),
      align: 'right',
      from: 'md',
      descendsFirst: true,
      value: ({ known }) => known?.vms.length ?? null,
      cell: ({ known }) => mono(known === null ? null : String(known.vms.length)),
    },
    {
      id: 'speed',
      label: t('speed'),
      align: 'right',
      from: 'lg',
      descendsFirst: true,
      value: ({ facts: seen }) => seen?.speedMbps ?? null,
      cell: ({ facts: seen }) => mono(linkSpeedText(seen?.speedMbps ?? null)),
    },
    {
      id: 'driver',
      label: t('driver'),
      from: 'xl',
      value: ({ facts: seen }) => seen?.driver ?? null,
      cell: ({ facts: seen }) => mono(seen?.driver ?? null),
    },
  ]
  return (
    <section aria-labelledby="links" className="flex flex-col gap-2">
      <h2 id="links" className="text-16">
        {t('links')}
      </h2>
      <DataTable
        label={t('links')}
        columns={columns}
        rows={rowsOf(facts, state)}
        rowKey={({ name }) => name}
        defaultSort="name"
      />
    </section>
  )
}

function RowState({ row: { facts, drift } }: { row: Row }) {
  const t = useTranslations('network')
  if (drift > 0) return <State tone="warn" word={t('drift.badge', { count: drift })} />
  return <span className="figures text-ink-2">{facts?.operState ?? '—'}</span>
}
