'use client'
import { useTranslations } from 'next-intl'
import Link from 'next/link'
import { useState } from 'react'
import { JobProgress } from '@/components/parts/job-progress.tsx'
import { ProblemNotice, useProblemToast } from '@/components/parts/problem-notice.tsx'
import { Button } from '@/components/ui/button.tsx'
import { Dialog } from '@/components/ui/dialog.tsx'
import { Skeleton } from '@/components/ui/empty.tsx'
import { State } from '@/components/ui/state.tsx'
import type { Host } from '@/lib/contract/hosts.ts'
import type { MigrationCheck } from '@/lib/contract/vm-migration.ts'
import type { Vm } from '@/lib/contract/vms.ts'
import { useCancelJob } from '@/lib/wire/mutations.ts'
import { useHosts, useJob, useMe } from '@/lib/wire/queries.ts'
import { hasEnded } from '@/lib/wire/told.ts'
import { useMigrateVm, useMigrationChecks } from '@/lib/wire/vm-migration.ts'

/** Moves a VM to another host: each host with what it lacks for it, then the job as it goes on. */
export function VmMigrate({ vm, open, onClose }: { vm: Vm; open: boolean; onClose: () => void }) {
  return open ? <Opened vm={vm} onClose={onClose} /> : null
}

function Opened({ vm, onClose }: { vm: Vm; onClose: () => void }) {
  const t = useTranslations('vm-snapshots.migrate')
  const ui = useTranslations('ui')
  // Two hosts may have a VM of one UUID. As it was opened: afterwards the VM is on the other.
  const [from] = useState(vm.host.name)
  const reference = `${from}:${vm.id}`
  const migrate = useMigrateVm(reference)
  const refusal = useMe().data?.refusals['vm.migrate'] ?? null
  const [to, setTo] = useState<string | null>(null)
  const [job, setJob] = useState<string | null>(null)
  const all = useHosts()
  const hosts = (all.data ?? []).filter(({ name }) => name !== from)
  const up = hosts.filter(({ state }) => state === 'up')
  const checks = useMigrationChecks(reference, job === null ? up.map(({ id }) => id) : [])
  const resultOf = ({ id }: Host) => checks[up.findIndex((host) => host.id === id)]
  const chosen = hosts.find(({ id }) => id === to)
  const reason =
    refusal ??
    (chosen === undefined
      ? t('choose')
      : resultOf(chosen)?.data?.possible === true
        ? null
        : t('notPossible', { host: chosen.name }))
  if (job !== null) return <Moving vm={vm} job={job} onClose={onClose} />
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={t('title', { vm: vm.name })}
      description={t(vm.state === 'shut-off' || vm.state === 'crashed' ? 'textOff' : 'text', { host: from })}
      footer={
        <>
          <Button onClick={onClose}>{ui('cancel')}</Button>
          <Button
            variant="primary"
            pending={migrate.isPending}
            disabledReason={reason}
            onClick={() => to !== null && migrate.mutate(to, { onSuccess: ({ id }) => setJob(id) })}
          >
            {chosen === undefined ? t('move') : t('moveTo', { host: chosen.name })}
          </Button>
        </>
      }
    >
      {all.data === undefined && <Skeleton rows={2} />}
      {all.data !== undefined && hosts.length === 0 && (
        <p className="text-ink-2">
          {t('noHosts')}{' '}
          <Link href="/hosts/new" className="text-accent underline underline-offset-2">
            {t('addHost')}
          </Link>
        </p>
      )}
      {hosts.length > 0 && (
        <fieldset className="flex flex-col gap-2">
          <legend className="mb-1 text-12 text-ink-2">{t('target')}</legend>
          {hosts.map((host) => {
            const { data = null, error = null } = resultOf(host) ?? {}
            return (
              <HostChoice
                key={host.id}
                host={host}
                check={data}
                error={error}
                isChosen={to === host.id}
                onChoose={() => setTo(host.id)}
              />
            )
          })}
        </fieldset>
      )}
      {migrate.error !== null && <ProblemNotice error={migrate.error} />}
    </Dialog>
  )
}

const marks = {
  missing: { glyph: '✕', color: 'text-bad' },
  warning: { glyph: '▲', color: 'text-warn' },
  ok: { glyph: '●', color: 'text-ok' },
} as const

function HostChoice({
  host,
  check,
  error,
  isChosen,
  onChoose,
}: {
  host: Host
  check: MigrationCheck | null
  error: Error | null
  isChosen: boolean
  onChoose: () => void
}) {
  const t = useTranslations('vm-snapshots.migrate')
  return (
    <div className="rounded-base border border-line-strong bg-surface px-3 py-2 has-checked:border-accent">
      <label className="flex items-center gap-2.5">
        <input
          type="radio"
          name="migrate-to"
          value={host.id}
          checked={isChosen}
          onChange={onChoose}
          className="accent-accent"
        />
        <span className="min-w-0 flex-1 wrap-anywhere">{host.name}</span>
        <Verdict host={host} check={check} error={error} />
      </label>
      {host.state !== 'up' && <p className="mt-1 pl-6 text-12 text-ink-3">{host.reason ?? t('notUp')}</p>}
      {error !== null && <p className="mt-1 pl-6 text-12 text-bad">{error.message}</p>}
      {check !== null && check.findings.length > 0 && (
        <ul
          aria-label={t('findings', { host: host.name })}
          className="mt-1.5 flex flex-col gap-1 pl-6 text-12 text-ink-2"
        >
          {check.findings.map(({ level, text }) => (
            <li key={text} className="flex gap-2">
              <span aria-hidden="true" className={`text-11 ${marks[level].color}`}>
                {marks[level].glyph}
              </span>
              <span className="min-w-0 wrap-anywhere">
                <span className="sr-only">{t(`levels.${level}`)}: </span>
                {text}
              </span>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

function Verdict({ host, check, error }: { host: Host; check: MigrationCheck | null; error: Error | null }) {
  const t = useTranslations('vm-snapshots.migrate')
  if (host.state !== 'up' || error !== null) return <State tone="off" word={t('unknown')} />
  if (check === null) return <State tone="busy" word={t('looking')} />
  if (check.possible) return <State tone="ok" word={t('possible')} />
  return (
    <State
      tone="bad"
      word={t('missing', { count: check.findings.filter(({ level }) => level === 'missing').length })}
    />
  )
}

function Moving({ vm, job, onClose }: { vm: Vm; job: string; onClose: () => void }) {
  const t = useTranslations('vm-snapshots.migrate')
  const failed = useProblemToast()
  const row = useJob(job).data
  const cancel = useCancelJob()
  const refusal = useMe().data?.refusals['job.cancel'] ?? null
  const isOver = row !== undefined && hasEnded(row.state)
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={t('title', { vm: vm.name })}
      description={t('goesOn')}
      footer={
        <>
          {!isOver && (
            <Button
              pending={cancel.isPending || cancel.isSuccess}
              disabledReason={refusal}
              onClick={() => cancel.mutate(job, { onError: failed })}
            >
              {t('stop')}
            </Button>
          )}
          <Button variant={isOver ? 'primary' : 'plain'} onClick={onClose}>
            {t('close')}
          </Button>
        </>
      }
    >
      <JobProgress
        id={job}
        done={() => (
          <p>
            <Link href={`/vms/${vm.id}`} className="text-accent underline underline-offset-2" onClick={onClose}>
              {t('toVm', { vm: vm.name })}
            </Link>
          </p>
        )}
      />
    </Dialog>
  )
}
