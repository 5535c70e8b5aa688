'use client'
import { useTranslations } from 'next-intl'
import Link from 'next/link'
import { parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs'
import { type Column, DataTable } from '@/components/parts/data-table.tsx'
import { ProblemNotice } from '@/components/parts/problem-notice.tsx'
import { Time } from '@/components/parts/time.tsx'
import { PageTitle } from '@/components/shell/page-title.tsx'
import { Button, ButtonLink } from '@/components/ui/button.tsx'
import { Empty, Skeleton } from '@/components/ui/empty.tsx'
import { Filter } from '@/components/ui/filter.tsx'
import { type Job, jobStateSchema } from '@/lib/contract/jobs.ts'
import { rowsOf, useHosts, useJobs } from '@/lib/wire/queries.ts'
import { Elapsed } from '@/components/parts/elapsed.tsx'
import { JobState } from '@/components/parts/job-state.tsx'

const states = jobStateSchema.options

export function Jobs() {
  const t = useTranslations('jobs')
  const ui = useTranslations('ui')
  const [filter, setFilter] = useQueryStates({
    state: parseAsStringLiteral(states),
    host: parseAsString,
    vm: parseAsString,
  })
  const hosts = useHosts().data ?? []
  const jobs = useJobs({
    ...(filter.state === null ? {} : { state: filter.state }),
    ...(filter.host === null ? {} : { host: filter.host }),
    ...(filter.vm === null ? {} : { vm: filter.vm }),
  })
  const isFiltered = filter.state !== null || filter.host !== null || filter.vm !== null
  const tools = (
    <>
      <Filter
        label={t('state')}
        all={t('allStates')}
        value={filter.state}
        options={states.map((state) => ({ value: state, label: t(`states.${state}`) }))}
        onChange={(state) => void setFilter({ state })}
      />
      <Filter
        label={t('host')}
        all={t('allHosts')}
        value={filter.host}
        options={hosts.map(({ name }) => ({ value: name, label: name }))}
        onChange={(host) => void setFilter({ host })}
      />
    </>
  )
  const columns: Column<Job>[] = [
    {
      id: 'title',
      label: t('job'),
      value: ({ title }) => title,
      cell: ({ id, title }) => (
        <Link href={`/jobs/${id}`} className="block max-w-[46vw] truncate font-bold hover:text-accent">
          {title}
        </Link>
      ),
    },
    { id: 'state', label: t('state'), value: ({ state }) => state, cell: ({ state }) => <JobState state={state} /> },
    {
      id: 'host',
      label: t('host'),
      value: ({ hostName }) => hostName,
      cell: ({ hostName }) =>
        hostName === null ? (
          '—'
        ) : (
          <Link href={`/hosts/${encodeURIComponent(hostName)}/live`} className="hover:text-accent">
            {hostName}
          </Link>
        ),
      from: 'phone',
    },
    { id: 'who', label: t('who'), value: ({ createdBy }) => createdBy, from: 'md' },
    {
      id: 'asked',
      label: t('asked'),
      value: ({ createdAt }) => createdAt,
      cell: ({ createdAt }) => <Time at={createdAt} />,
      from: 'md',
      descendsFirst: true,
    },
    {
      id: 'duration',
      label: t('duration'),
      value: ({ startedAt, endedAt }) =>
        startedAt === null || endedAt === null ? null : (Date.parse(endedAt) - Date.parse(startedAt)) / 1000,
      cell: ({ startedAt, endedAt }) => <Elapsed startedAt={startedAt} endedAt={endedAt} />,
      align: 'right',
    },
  ]
  const rows = rowsOf(jobs)
  return (
    <>
      <PageTitle title={t('title')} />
      {filter.vm !== null && (
        <p className="mb-3 flex flex-wrap items-center gap-3">
          <span>{t.rich('onlyVm', { vm: filter.vm, name: (name) => <span className="font-bold">{name}</span> })}</span>
          <Button onClick={() => void setFilter({ vm: null })}>{t('allVms')}</Button>
        </p>
      )}
      {jobs.error !== null && <ProblemNotice error={jobs.error} onRetry={() => void jobs.refetch()} />}
      {jobs.isPending && <Skeleton rows={6} />}
      {jobs.data !== undefined && rows.length === 0 && !isFiltered && (
        <Empty
          title={t('empty')}
          action={
            <ButtonLink href="/hosts" variant="primary">
              {t('toHosts')}
            </ButtonLink>
          }
        >
          {t('emptyHint')}
        </Empty>
      )}
      {jobs.data !== undefined && (rows.length > 0 || isFiltered) && (
        <DataTable
          label={t('title')}
          columns={columns}
          rows={rows}
          rowKey={({ id }) => id}
          defaultSort="-asked"
          tools={tools}
        />
      )}
      {jobs.data !== undefined && rows.length === 0 && isFiltered && (
        <p className="flex items-center gap-3 px-1 py-4 text-ink-2">
          {t('noneLikeThis')}
          <Button onClick={() => void setFilter(null)}>{ui('clearFilter')}</Button>
        </p>
      )}
      {jobs.hasNextPage && (
        <div className="pt-3">
          <Button pending={jobs.isFetchingNextPage} onClick={() => void jobs.fetchNextPage()}>
            {ui('more')}
          </Button>
        </div>
      )}
    </>
  )
}
