'use client'
import { useTranslations } from 'next-intl'
import { Fragment } from 'react'
import { Time } from '@/components/parts/time.tsx'
import { State, type Tone } from '@/components/ui/state.tsx'
import type { AuditEntry } from '@/lib/contract/audit.ts'

const tones: Record<AuditEntry['outcome'], Tone> = { done: 'ok', refused: 'warn', failed: 'bad' }
const head = 'column-head px-2 text-left whitespace-nowrap uppercase first:pl-1'
const cell = 'px-2 whitespace-nowrap first:pl-1'

/** One row opens at a time: its button shows all that was written down. */
export function AuditTable({
  entries,
  open,
  onOpen,
}: {
  entries: readonly AuditEntry[]
  open: string | null
  onOpen: (id: string | null) => void
}) {
  const t = useTranslations('settings.audit')
  return (
    <div className="min-w-0 overflow-x-auto" tabIndex={0} role="region" aria-label={t('title')}>
      <table className="w-full border-collapse">
        <caption className="sr-only">{t('title')}</caption>
        <thead>
          <tr className="h-8 border-b border-line-strong">
            <th scope="col" className={head}>
              {t('at')}
            </th>
            <th scope="col" className={`${head} max-phone:hidden`}>
              {t('who')}
            </th>
            <th scope="col" className={head}>
              {t('action')}
            </th>
            <th scope="col" className={`${head} max-md:hidden`}>
              {t('target')}
            </th>
            <th scope="col" className={head}>
              <span className="max-phone:sr-only">{t('outcome')}</span>
            </th>
            <th scope="col" className={`${head} max-lg:hidden`}>
              {t('address')}
            </th>
          </tr>
        </thead>
        <tbody>
          {entries.map((entry) => {
            const isOpen = entry.id === open
            return (
              <Fragment key={entry.id}>
                <tr data-row className="h-9 border-b max-phone:h-11 border-line focus-within:bg-hover hover:bg-hover">
                  <td className={cell}>
                    <When entry={entry} isOpen={isOpen} onToggle={() => onOpen(isOpen ? null : entry.id)} />
                  </td>
                  <td className={`${cell} max-w-48 truncate max-phone:hidden`}>{entry.actorName}</td>
                  <td className={cell}>
                    <span className="figures max-phone:block">{entry.action}</span>
                    <Verb detail={entry.detail} />
                  </td>
                  <td className={`${cell} max-w-64 truncate text-ink-2 max-md:hidden`}>{entry.targetName ?? '—'}</td>
                  <td className={cell}>
                    <State
                      tone={tones[entry.outcome]}
                      word={t(`outcomes.${entry.outcome}`)}
                      className="max-phone:[&>:last-child]:sr-only"
                    />
                  </td>
                  <td className={`${cell} figures text-ink-3 max-lg:hidden`}>{entry.address ?? '—'}</td>
                </tr>
                {isOpen && (
                  <tr className="border-b border-line bg-surface">
                    <td colSpan={6} className="px-2 py-3 pl-6">
                      <Detail entry={entry} />
                    </td>
                  </tr>
                )}
              </Fragment>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}

function When({ entry, isOpen, onToggle }: { entry: AuditEntry; isOpen: boolean; onToggle: () => void }) {
  return (
    <button
      type="button"
      aria-expanded={isOpen}
      onClick={onToggle}
      className="inline-flex items-center gap-1.5 rounded-[4px]"
    >
      <span aria-hidden="true" className="w-2.5 text-11 text-ink-3">
        {isOpen ? '▾' : '▸'}
      </span>
      <span className="figures text-left">
        <Time at={entry.at} />
        <span className="block font-sans text-ink-3 phone:hidden">{entry.actorName}</span>
      </span>
    </button>
  )
}

/** Several acts share one action of the policy; the verb tells them apart. */
function Verb({ detail: { verb } }: { detail: Record<string, unknown> }) {
  return typeof verb === 'string' && <span className="text-12 text-ink-3 phone:ml-2">{verb}</span>
}

function Detail({ entry }: { entry: AuditEntry }) {
  const t = useTranslations('settings.audit')
  const lines: [string, string | null][] = [
    [t('target'), entry.targetName ?? entry.targetId],
    [t('targetKind'), entry.targetKind],
    [t('targetId'), entry.targetId],
    [t('actorKind'), t(`actorKinds.${entry.actorKind}`)],
    [t('actorId'), entry.actorId],
    [t('address'), entry.address],
    ...Object.entries(entry.detail).map(([key, value]): [string, string] => [
      key,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  ]
  return (
    <dl className="grid max-w-160 grid-cols-[auto_minmax(0,1fr)] gap-x-6 gap-y-1">
      {lines
        .filter(([, value]) => value !== null)
        .map(([name, value]) => (
          <div key={name} className="col-span-2 grid grid-cols-subgrid">
            <dt className="text-12 text-ink-3">{name}</dt>
            <dd className="figures wrap-anywhere">{value}</dd>
          </div>
        ))}
    </dl>
  )
}
