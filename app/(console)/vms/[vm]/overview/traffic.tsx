'use client'
import { useTranslations } from 'next-intl'
import { parseAsInteger, parseAsString, useQueryState } from 'nuqs'
import { Figure, useScale } from '@/components/parts/figure.tsx'
import { LinkChart } from '@/components/parts/link-chart.tsx'
import { sharedMax, Sparkline } from '@/components/parts/sparkline.tsx'
import { State } from '@/components/ui/state.tsx'
import type { VmDetail, VmNic } from '@/lib/contract/vms.ts'
import { ageText } from '@/lib/kit/units.ts'
import type { Figures } from '@/lib/stats/live-protocol.ts'
import type { HostView } from '@/lib/wire/host-view.ts'
import { useFrameAgeMs, useHostView } from '@/lib/wire/live.ts'

const unknown: Figures = [null, null, null, null, null, null, null, null]
/** A frame older than this is no longer "now". */
const staleMs = 3000

/** The NICs with their live rates, and one of them drawn. */
export function Traffic({ vm }: { vm: VmDetail }) {
  const t = useTranslations('vms')
  const live = useTranslations('live')
  const view = useHostView(vm.nics.some(({ tap }) => tap !== null) ? vm.host.id : null)
  const ageMs = useFrameAgeMs(vm.host.id)
  const [chosen, setChosen] = useQueryState('nic', parseAsString)
  const [seconds, setSeconds] = useQueryState('window', parseAsInteger.withDefault(120))
  const rows = vm.nics.map((nic) => ({ nic, ...figuresAt(view, nic.tap) }))
  const pps = useScale(rows.flatMap(({ figures: [rx, tx] }) => [rx, tx]))
  const bits = useScale(rows.flatMap(({ figures: [, , rx, tx] }) => [rx, tx]))
  const max = sharedMax(rows.flatMap(({ history }) => [history.rx, history.tx]))
  const stale = ageMs === null || ageMs > staleMs
  const drawn = rows.find(({ nic }) => nic.mac === chosen) ?? rows.find(({ nic }) => nic.tap !== null)
  if (vm.nics.length === 0) return null
  return (
    <section aria-labelledby="traffic-title" className="min-w-0">
      <div className="mb-2 flex flex-wrap items-center gap-x-4">
        <h2 id="traffic-title" className="text-16">
          {t('traffic')}
        </h2>
        {stale && view !== null && (
          <span role="status" className="text-12 text-warn">
            ▲ {live('stale', { age: ageText(ageMs) })}
          </span>
        )}
      </div>
      {drawn !== undefined && drawn.nic.tap !== null && (
        <LinkChart
          key={drawn.nic.tap}
          host={vm.host.name}
          row={{ name: drawn.nic.tap, vm: drawn.nic.source ?? drawn.nic.mac, figures: drawn.figures }}
          view={view}
          seconds={seconds}
          onSeconds={(next) => void setSeconds(next)}
        />
      )}
      <div className="overflow-x-auto" tabIndex={0} role="group" aria-label={t('nics')}>
        <table className="w-full border-collapse">
          <caption className="sr-only">{t('nics')}</caption>
          <thead>
            <tr className="h-8 border-b border-line-strong">
              <Head>{t('nic')}</Head>
              <Head>{t('state')}</Head>
              <Head>{t('bridge')}</Head>
              <Head right>{t('rxPps')}</Head>
              <Head right>{t('txPps')}</Head>
              <Head right narrow>
                {t('rxBps')}
              </Head>
              <Head right narrow>
                {t('txBps')}
              </Head>
              <Head right narrow>
                {live('history')}
              </Head>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ nic, figures, history }) => (
              <tr key={nic.mac} data-row className="h-11 border-b border-line hover:bg-hover">
                <th scope="row" className="px-2 text-left font-normal whitespace-nowrap first:pl-1">
                  <button
                    type="button"
                    aria-pressed={drawn?.nic.mac === nic.mac}
                    className="figures rounded-[4px] hover:text-accent aria-pressed:text-accent"
                    onClick={() => void setChosen(nic.mac)}
                  >
                    {nic.mac}
                  </button>
                  {nic.model !== null && <span className="ml-2 text-12 text-ink-3 max-phone:hidden">{nic.model}</span>}
                </th>
                <td className="px-2 whitespace-nowrap">
                  <LinkNow vm={vm} nic={nic} />
                </td>
                <td className="figures px-2 whitespace-nowrap text-ink-2">
                  {nic.source ?? nic.sourceKind}
                  {nic.tap !== null && <span className="text-ink-3"> ⇢ {nic.tap}</span>}
                </td>
                {([0, 1, 2, 3] as const).map((index) => (
                  <td key={index} className={`px-2 text-right ${index > 1 ? 'max-md:hidden' : ''}`}>
                    <Figure value={figures[index]} scale={index < 2 ? pps : bits} stale={stale} />
                  </td>
                ))}
                <td className="px-2 text-right max-md:hidden">
                  <Sparkline rx={history.rx} tx={history.tx} max={max} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

function Head({ children, right = false, narrow = false }: { children: string; right?: boolean; narrow?: boolean }) {
  return (
    <th
      scope="col"
      className={`column-head px-2 whitespace-nowrap first:pl-1 ${right ? 'text-right' : 'text-left'} ${narrow ? 'max-md:hidden' : ''}`}
    >
      {children}
    </th>
  )
}

function LinkNow({ vm, nic }: { vm: VmDetail; nic: VmNic }) {
  const t = useTranslations('vms')
  if (!nic.linkUp) return <State tone="warn" word={t('linkDown')} />
  return vm.state === 'shut-off' ? <State tone="off" word={t('linkOff')} /> : <State tone="ok" word={t('linkUp')} />
}

function figuresAt(view: HostView | null, tap: string | null) {
  const row = view === null || tap === null ? -1 : view.links.indexOf(tap)
  return {
    figures: view?.rows[row] ?? unknown,
    history: { rx: view?.history.rx[row] ?? [], tx: view?.history.tx[row] ?? [] },
  }
}
