'use client'
import { useTranslations } from 'next-intl'
import { Definition, DefinitionList } from '@/components/parts/definition-list.tsx'
import { ProblemNotice, useProblemToast } from '@/components/parts/problem-notice.tsx'
import { Time } from '@/components/parts/time.tsx'
import { Button } from '@/components/ui/button.tsx'
import { Skeleton } from '@/components/ui/empty.tsx'
import { Notice } from '@/components/ui/notice.tsx'
import { State } from '@/components/ui/state.tsx'
import type { HostFacts } from '@/lib/facts/facts.ts'
import { memoryText } from '@/lib/kit/units.ts'
import { useRefreshFacts } from '@/lib/wire/mutations.ts'
import { useFacts, useMe } from '@/lib/wire/queries.ts'
import { useCurrentHost } from '../current-host.tsx'
import { Access } from './access.tsx'

/** What the host is made of, and how Drawbridge gets in. */
export function System() {
  const t = useTranslations('system')
  const host = useCurrentHost()
  const facts = useFacts(host.name)
  return (
    <div className="grid items-start gap-8 xl:grid-cols-2">
      <section aria-labelledby="machine" className="flex min-w-0 flex-col gap-2">
        <div className="flex items-center gap-3">
          <h2 id="machine" className="text-16">
            {t('machine')}
          </h2>
          <ReadAgain />
        </div>
        {facts.data !== undefined && <Machine facts={facts.data} />}
        {facts.data === undefined &&
          (facts.error === null ? (
            <Skeleton rows={8} />
          ) : (
            <ProblemNotice error={facts.error} onRetry={() => void facts.refetch()} />
          ))}
      </section>
      <Access host={host} />
    </div>
  )
}

function ReadAgain() {
  const t = useTranslations('system')
  const host = useCurrentHost()
  const failed = useProblemToast()
  const refresh = useRefreshFacts()
  const { data: me } = useMe()
  return (
    <Button
      variant="quiet"
      pending={refresh.isPending}
      disabledReason={me?.refusals['host.refresh'] ?? null}
      onClick={() => refresh.mutate(host.name, { onError: failed })}
    >
      {t('readAgain')}
    </Button>
  )
}

const kvmTone = { usable: 'ok', unusable: 'bad', unproven: 'warn' } as const

function Machine({ facts }: { facts: HostFacts }) {
  const t = useTranslations('system')
  const ui = useTranslations('ui')
  const { os, cpu, memory, kvm, libvirt, storagePools, gaps } = facts
  return (
    <>
      <DefinitionList>
        <Definition term={t('readAt')}>
          <Time at={facts.takenAt} />
        </Definition>
        <Definition term={t('hostname')}>{facts.hostname}</Definition>
        <Definition term={t('os')}>{os.name}</Definition>
        <Definition term={t('kernel')}>{`${os.kernel} ${os.architecture}`}</Definition>
        <Definition term={t('booted')}>{os.bootedAt === null ? ui('unknown') : <Time at={os.bootedAt} />}</Definition>
        <Definition term={t('cpu')}>
          {cpu.model ?? ui('unknown')}
          <br />
          <span className="text-ink-2">
            {t('cpuShape', {
              sockets: cpu.sockets,
              cores: cpu.coresPerSocket,
              perCore: cpu.threadsPerCore,
              threads: cpu.threads,
            })}
          </span>
        </Definition>
        <Definition term={t('numa')}>
          {cpu.numa.map(({ id, cpus, memoryBytes }) => (
            <span key={id} className="block">
              {t('numaNode', { id, cpus: ranges(cpus), memory: memoryText(memoryBytes) })}
            </span>
          ))}
          {cpu.numa.length === 0 && ui('none')}
        </Definition>
        <Definition term={t('memory')}>
          {t('memoryFree', { total: memoryText(memory.totalBytes), free: memoryText(memory.availableBytes) })}
        </Definition>
        <Definition term={t('hugepages')}>
          {memory.hugepages
            .filter(({ total }) => total > 0)
            .map(
              ({ sizeBytes, total, free }) => `${total} × ${sizeBytes / 1024 ** 2} MiB (${t('free', { count: free })})`,
            )
            .join(', ') || ui('none')}
        </Definition>
        <Definition term="KVM">
          <State tone={kvmTone[kvm.state]} word={t(`kvm.${kvm.state}`)} />
          <span className="block text-ink-2">{kvm.reason}</span>
        </Definition>
        <Definition term={t('virtualization')}>{os.virtualization ?? t('bareMetal')}</Definition>
        <Definition term="libvirt">
          {libvirt.state === 'absent'
            ? t('absent')
            : `${libvirt.libvirtVersion ?? ''} · QEMU ${libvirt.qemuVersion ?? ui('unknown')}`}
          {libvirt.state === 'stopped' && ` · ${t('stopped')}`}
        </Definition>
        <Definition term={t('networks')}>
          {libvirt.networks.map(({ name, active, bridge }) => (
            <span key={name} className="block">
              {`${name} ${bridge === null ? '' : `(${bridge}) `}`}
              <span className="text-ink-3">{active ? t('active') : t('inactive')}</span>
            </span>
          ))}
          {libvirt.networks.length === 0 && ui('none')}
        </Definition>
        <Definition term={t('pools')}>
          {storagePools.map(({ name, path, active, availableBytes, capacityBytes }) => (
            <span key={name} className="block">
              {`${name} ${path ?? ''} `}
              <span className="text-ink-3">
                {active
                  ? t('poolFree', { free: memoryText(availableBytes), total: memoryText(capacityBytes) })
                  : t('inactive')}
              </span>
            </span>
          ))}
          {storagePools.length === 0 && ui('none')}
        </Definition>
        <Definition term={t('flags')}>
          <details>
            <summary className="text-ink-2">{t('flagCount', { count: cpu.flags.length })}</summary>
            <p className="figures mt-1 text-ink-2">{cpu.flags.join(' ')}</p>
          </details>
        </Definition>
      </DefinitionList>
      {gaps.length > 0 && (
        <Notice tone="warn" title={t('gaps')}>
          <ul className="list-disc pl-4">
            {gaps.map((gap) => (
              <li key={gap}>{gap}</li>
            ))}
          </ul>
        </Notice>
      )}
    </>
  )
}

/** `0-3,8` as the kernel writes lists of CPUs. */
function ranges(cpus: readonly number[]): string {
  const parts: string[] = []
  for (let at = 0; at < cpus.length; at++) {
    const first = cpus[at]
    while (at + 1 < cpus.length && cpus[at + 1] === (cpus[at] ?? 0) + 1) at++
    parts.push(first === cpus[at] ? `${first}` : `${first}-${cpus[at]}`)
  }
  return parts.join(',')
}
