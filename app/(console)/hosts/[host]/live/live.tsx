'use client'
import { useTranslations } from 'next-intl'
import { parseAsInteger, parseAsString, parseAsStringLiteral, useQueryState } from 'nuqs'
import { type Column, DataTable } from '@/components/parts/data-table.tsx'
import { Figure, useScale } from '@/components/parts/figure.tsx'
import { LinkChart } from '@/components/parts/link-chart.tsx'
import { ProblemNotice } from '@/components/parts/problem-notice.tsx'
import { sharedMax, Sparkline } from '@/components/parts/sparkline.tsx'
import { Skeleton } from '@/components/ui/empty.tsx'
import { State } from '@/components/ui/state.tsx'
import { ageText, linkSpeedText, percentText, utilisation } from '@/lib/kit/units.ts'
import { useFrameAgeMs, useHostView } from '@/lib/wire/live.ts'
import { useFacts } from '@/lib/wire/queries.ts'
import { useCurrentHost } from '../current-host.tsx'
import { type LinkRow, linkGroups, linkRows } from './link-rows.ts'

/** A frame older than this is no longer "now". */
const staleMs = 3000

export function Live() {
  const t = useTranslations('live')
  const host = useCurrentHost()
  const facts = useFacts(host.name)
  const view = useHostView(host.id)
  const ageMs = useFrameAgeMs(host.id)
  const [kind, setKind] = useQueryState('kind', parseAsStringLiteral(linkGroups))
  const [link, setLink] = useQueryState('link', parseAsString)
  const [seconds, setSeconds] = useQueryState('window', parseAsInteger.withDefault(120))
  const stale = ageMs === null || ageMs > staleMs || host.state !== 'up'
  const all = linkRows(facts.data ?? null, view)
  const rows = all.filter(({ group }) => kind === null || group === kind)
  const columns = useColumns(rows, stale, link, (name) => void setLink(name === link ? null : name))
  if (facts.data === undefined && view === null) {
    if (facts.error === null) return <Skeleton rows={8} />
    return <ProblemNotice error={facts.error} onRetry={() => void facts.refetch()} />
  }
  const chosen = all.find(({ name }) => name === link)
  return (
    <>
      {chosen !== undefined && (
        <LinkChart
          key={chosen.name}
          host={host.name}
          row={chosen}
          view={view}
          seconds={seconds}
          onSeconds={(next) => void setSeconds(next)}
          onClose={() => void setLink(null)}
        />
      )}
      <DataTable
        label={t('links')}
        columns={columns}
        rows={rows}
        rowKey={({ name }) => name}
        defaultSort="-rxPps"
        rowHeight={44}
        selected={link}
        tools={
          <>
            <KindFilter rows={all} kind={kind} onKind={(next) => void setKind(next)} />
            {stale && view !== null && (
              <span role="status" className="text-12 text-warn">
                ▲ {t('stale', { age: ageText(ageMs) })}
              </span>
            )}
          </>
        }
      />
    </>
  )
}

function KindFilter({
  rows,
  kind,
  onKind,
}: {
  rows: readonly LinkRow[]
  kind: LinkRow['group'] | null
  onKind: (kind: LinkRow['group'] | null) => void
}) {
  const t = useTranslations('live')
  const present = linkGroups.filter((group) => rows.some((row) => row.group === group))
  return (
    <div role="group" aria-label={t('kindFilter')} className="flex flex-wrap gap-1">
      {[null, ...present].map((group) => (
        <button
          key={group ?? 'all'}
          type="button"
          aria-pressed={kind === group}
          onClick={() => onKind(group)}
          className="h-6 rounded-full border border-line-strong px-2.5 text-12 text-ink-2 hover:bg-hover aria-pressed:border-accent aria-pressed:text-ink"
        >
          {group === null ? t('groups.all') : t(`groups.${group}`)}
        </button>
      ))}
    </div>
  )
}

function useColumns(
  rows: readonly LinkRow[],
  stale: boolean,
  link: string | null,
  onLink: (name: string) => void,
): Column<LinkRow>[] {
  const t = useTranslations('live')
  const pps = useScale(rows.flatMap(({ figures: [rx, tx] }) => [rx, tx]))
  const bits = useScale(rows.flatMap(({ figures: [, , rx, tx] }) => [rx, tx]))
  const drops = useScale(rows.map(({ drops: value }) => value))
  const errors = useScale(rows.map(({ errors: value }) => value))
  const max = sharedMax(rows.flatMap(({ history }) => [history.rx, history.tx]))
  const figure = (
    id: string,
    label: string,
    value: (row: LinkRow) => number | null,
    scale: typeof pps,
    more: Partial<Column<LinkRow>> = {},
    alarm = false,
  ): Column<LinkRow> => ({
    id,
    label,
    align: 'right',
    descendsFirst: true,
    value,
    cell: (row) => <Figure value={value(row)} scale={scale} stale={stale} alarm={alarm} />,
    ...more,
  })
  return [
    {
      id: 'name',
      label: t('link'),
      value: (row) => (row.vm === null ? row.name : `${row.vm} ${row.name}`),
      cell: (row) => (
        <button
          type="button"
          aria-expanded={row.name === link}
          onClick={() => onLink(row.name)}
          className="max-w-60 truncate text-left hover:text-accent"
        >
          <span className="font-bold">{row.vm ?? row.name}</span>
          {row.vm !== null && <span className="figures ml-2 text-ink-3">{row.name}</span>}
          {row.management && (
            <span className="ml-2 text-12 text-warn" title={t('managementHint')}>
              ⚑ {t('management')}
            </span>
          )}
        </button>
      ),
    },
    {
      id: 'kind',
      label: t('kind'),
      from: 'md',
      value: ({ group }) => group,
      cell: ({ group }) => <span className="text-ink-2">{t(`groups.${group}`)}</span>,
    },
    {
      id: 'state',
      label: t('state'),
      from: 'phone',
      value: ({ state }) => state,
      cell: ({ state }) => <LinkState state={state} />,
    },
    {
      id: 'speed',
      label: t('speed'),
      align: 'right',
      from: 'xl',
      descendsFirst: true,
      value: ({ speedMbps }) => speedMbps,
      cell: ({ speedMbps }) => <span className="figures text-ink-2">{linkSpeedText(speedMbps)}</span>,
    },
    figure('rxPps', t('rxPps'), ({ figures }) => figures[0], pps),
    figure('txPps', t('txPps'), ({ figures }) => figures[1], pps),
    figure('rxBps', t('rxBps'), ({ figures }) => figures[2], bits, { from: 'md' }),
    figure('txBps', t('txBps'), ({ figures }) => figures[3], bits, { from: 'md' }),
    figure('drops', t('drops'), (row) => row.drops, drops, { from: 'phone' }, true),
    figure('errors', t('errors'), (row) => row.errors, errors, { from: 'lg' }, true),
    {
      id: 'used',
      label: t('used'),
      align: 'right',
      from: 'xl',
      descendsFirst: true,
      value: ({ figures, speedMbps }) => utilisation(figures[2], figures[3], speedMbps),
      cell: ({ figures, speedMbps }) => (
        <span className={`figures ${stale ? 'text-ink-3' : 'text-ink-2'}`}>
          {percentText(utilisation(figures[2], figures[3], speedMbps))}
        </span>
      ),
    },
    {
      id: 'history',
      label: t('history'),
      align: 'right',
      from: 'lg',
      sortable: false,
      value: () => null,
      cell: ({ history }) => <Sparkline rx={history.rx} tx={history.tx} max={max} />,
    },
  ]
}

const linkTone = { up: 'ok', 'no-carrier': 'warn', down: 'off', unknown: 'off' } as const

function LinkState({ state }: { state: LinkRow['state'] }) {
  const t = useTranslations('live')
  return <State tone={linkTone[state]} word={t(`states.${state}`)} />
}
