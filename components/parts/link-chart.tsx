'use client'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useTranslations } from 'next-intl'
import dynamic from 'next/dynamic'
import { parseAsStringLiteral, useQueryState } from 'nuqs'
import { Button, IconButton } from '@/components/ui/button.tsx'
import type { LinkHistory } from '@/lib/contract/hosts.ts'
import { rateText } from '@/lib/kit/units.ts'
import type { HostView } from '@/lib/wire/host-view.ts'
import { queries } from '@/lib/wire/queries.ts'
import type { Figures } from '@/lib/stats/live-protocol.ts'
import { Figure, useScale } from './figure.tsx'
import { ProblemNotice } from './problem-notice.tsx'

const Plot = dynamic(() => import('./plot.tsx'), { ssr: false, loading: () => <div className="skeleton h-60" /> })

const windows = [120, 300, 900] as const
const measures = ['pps', 'bits', 'drops'] as const
type Measure = (typeof measures)[number]
const columnsOf = { pps: ['rxPps', 'txPps'], bits: ['rxBps', 'txBps'], drops: ['rxDrops', 'txDrops'] } as const
const indexOf = { pps: [0, 1], bits: [2, 3], drops: [4, 5] } as const
const unitOf = { pps: 'pps', bits: 'bit/s', drops: 'pps' } as const

export interface ChartedLink {
  name: string
  /** The VM behind a tap: its figures are the guest's. */
  vm: string | null
  figures: Figures
}

/** One link over up to 15 minutes, going on as frames arrive. */
export function LinkChart({
  host,
  row,
  view,
  seconds,
  onSeconds,
  onClose,
}: {
  /** Name or id. */
  host: string
  row: ChartedLink
  view: HostView | null
  seconds: number
  onSeconds: (seconds: number) => void
  /** Without it the chart stays. */
  onClose?: () => void
}) {
  const t = useTranslations('live')
  const [measure, setMeasure] = useQueryState('measure', parseAsStringLiteral(measures).withDefault('pps'))
  const past = useQuery({
    ...queries.history(host, row.name, seconds),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    placeholderData: keepPreviousData,
  })
  const [rx, tx] = indexOf[measure]
  const scale = useScale([row.figures[rx], row.figures[tx]])
  const title = row.vm === null ? row.name : `${row.vm} (${row.name})`
  return (
    <section aria-label={t('chartOf', { link: title })} className="mb-6 flex flex-col gap-2">
      <div className="flex flex-wrap items-center gap-2">
        <h2 className="mr-2 text-16">{title}</h2>
        <span className="text-12 text-ink-2">
          <span className="text-accent">━</span> rx <Figure value={row.figures[rx]} scale={scale} />
          <span className="ml-2 text-warn">━</span> tx <Figure value={row.figures[tx]} scale={scale} />
          {unitOf[measure]}
        </span>
        {row.vm !== null && <span className="text-12 text-ink-3">{t('guestView')}</span>}
        <span className="ml-auto flex flex-wrap gap-1">
          <Choice
            label={t('measure')}
            options={measures}
            value={measure}
            text={(one) => t(`measures.${one}`)}
            onChange={(one) => void setMeasure(one)}
          />
          <Choice
            label={t('window')}
            options={windows}
            value={seconds}
            text={(one) => t('minutes', { count: one / 60 })}
            onChange={onSeconds}
          />
          {onClose !== undefined && (
            <IconButton label={t('closeChart')} onClick={onClose}>
              <span aria-hidden="true">×</span>
            </IconButton>
          )}
        </span>
      </div>
      {past.error !== null && <ProblemNotice error={past.error} onRetry={() => void past.refetch()} />}
      {past.data !== undefined && (
        <>
          <Plot
            key={`${measure} ${seconds} ${past.dataUpdatedAt}`}
            series={seriesOf(past.data, measure)}
            newest={newestOf(view, row, measure)}
            seconds={seconds}
            unit={unitOf[measure]}
          />
          <p className="text-12 text-ink-3">{summary(past.data, measure, t)}</p>
        </>
      )}
    </section>
  )
}

function Choice<T extends string | number>({
  label,
  options,
  value,
  text,
  onChange,
}: {
  label: string
  options: readonly T[]
  value: T
  text: (one: T) => string
  onChange: (one: T) => void
}) {
  return (
    <span role="group" aria-label={label} className="flex gap-1">
      {options.map((one) => (
        <Button
          key={one}
          variant="quiet"
          aria-pressed={one === value}
          className="aria-pressed:bg-hover aria-pressed:text-ink"
          onClick={() => onChange(one)}
        >
          {text(one)}
        </Button>
      ))}
    </span>
  )
}

const seriesOf = (past: LinkHistory, measure: Measure) => ({
  at: past.at,
  rx: past[columnsOf[measure][0]],
  tx: past[columnsOf[measure][1]],
})

function newestOf(view: HostView | null, row: ChartedLink, measure: Measure) {
  if (view === null) return null
  const [rx, tx] = indexOf[measure]
  return { at: view.at, rx: row.figures[rx], tx: row.figures[tx] }
}

/** The chart in words, as it was when it was opened. */
function summary(past: LinkHistory, measure: Measure, t: ReturnType<typeof useTranslations<'live'>>): string {
  const most = (values: readonly (number | null)[]) => {
    const known = values.filter((value) => value !== null)
    return known.length === 0 ? null : Math.max(...known)
  }
  const [rx, tx] = columnsOf[measure]
  const unit = unitOf[measure]
  return t('chartSummary', { rx: rateText(most(past[rx]), unit), tx: rateText(most(past[tx]), unit) })
}
