'use client'
import { useTranslations } from 'next-intl'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { Definition, DefinitionList } from '@/components/parts/definition-list.tsx'
import { ProblemNotice, useProblemToast } from '@/components/parts/problem-notice.tsx'
import { Button } from '@/components/ui/button.tsx'
import { Code } from '@/components/ui/code.tsx'
import { Skeleton } from '@/components/ui/empty.tsx'
import { Notice } from '@/components/ui/notice.tsx'
import { State } from '@/components/ui/state.tsx'
import { useToast } from '@/components/ui/toast.tsx'
import type { Forwarding as Reading } from '@/lib/contract/forwarding.ts'
import { useForwarding, useSetForwarding } from '@/lib/wire/libvirt-networks.ts'
import { usePrepare } from '@/lib/wire/mutations.ts'
import { useMe } from '@/lib/wire/queries.ts'
import { useCurrentHost } from '../current-host.tsx'
import { ForwardingPanel } from './forwarding-panel.tsx'

/** NAT, port forwards and isolation of the host's own bridges, and what else filters what is forwarded. */
export function Forwarding() {
  const t = useTranslations('networks')
  const host = useCurrentHost()
  const forwarding = useForwarding(host.name)
  const reason = useMe().data?.refusals['host.network'] ?? null
  const [isOpen, setOpen] = useState(false)
  return (
    <section aria-labelledby="forwarding-title" className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center gap-3">
        <h2 id="forwarding-title" className="text-16">
          {t('forwarding')}
        </h2>
        <span className="ml-auto">
          {forwarding.data !== undefined && (
            <Button disabledReason={reason} onClick={() => setOpen(true)}>
              {t('editForwarding')}
            </Button>
          )}
        </span>
      </div>
      <p className="max-w-160 text-ink-2">{t('forwardingText')}</p>
      {forwarding.error !== null && (
        <ProblemNotice error={forwarding.error} onRetry={() => void forwarding.refetch()} />
      )}
      {forwarding.data === undefined ? (
        forwarding.error === null && <Skeleton rows={3} />
      ) : (
        <>
          {forwarding.data.warnings.map((warning) => (
            <Warning
              key={`${warning.code} ${warning.family ?? ''}`}
              warning={warning}
              reading={forwarding.data}
              reason={reason}
            />
          ))}
          <Rules reading={forwarding.data} />
          {isOpen && <ForwardingPanel reading={forwarding.data} onClose={() => setOpen(false)} />}
        </>
      )}
    </section>
  )
}

function Warning({
  warning: { severity, text, fixes },
  reading,
  reason,
}: {
  warning: Reading['warnings'][number]
  reading: Reading
  reason: string | null
}) {
  const t = useTranslations('networks')
  const host = useCurrentHost()
  const router = useRouter()
  const toast = useToast()
  const onError = useProblemToast()
  const set = useSetForwarding(host.name)
  const prepare = usePrepare()
  const refusedPrepare = useMe().data?.refusals['host.prepare'] ?? null
  const { config, bridges, etag } = reading
  const apply = (changed: Reading['config']) =>
    set.mutate({ config: changed, etag }, { onSuccess: () => toast('ok', t('forwardingSaved')), onError })
  return (
    <Notice tone={severity === 'warning' ? 'warn' : 'off'} title={text}>
      <ul className="mt-2 flex flex-col gap-3">
        {fixes.map(({ kind, text: how, commands }) => (
          <li key={`${kind} ${how}`} className="flex flex-col gap-1.5">
            <span className="flex flex-wrap items-center gap-3">
              <span className="min-w-0 flex-1 basis-64">{how}</span>
              {kind === 'pass' && (
                <Button
                  pending={set.isPending}
                  disabledReason={reason}
                  onClick={() =>
                    apply({
                      ...config,
                      passBridged: [...new Set([...config.passBridged, ...bridges])],
                      passFirewall: true,
                    })
                  }
                >
                  {t('fixPass')}
                </Button>
              )}
              {kind === 'apply' && (
                <Button pending={set.isPending} disabledReason={reason} onClick={() => apply(config)}>
                  {t('fixApply')}
                </Button>
              )}
              {kind === 'bypass' && (
                <Button
                  pending={prepare.isPending}
                  disabledReason={refusedPrepare}
                  onClick={() =>
                    prepare.mutate(
                      { host: host.id, checks: ['br-netfilter'] },
                      { onSuccess: ({ id }) => router.push(`/jobs/${id}`), onError },
                    )
                  }
                >
                  {t('fixBypass')}
                </Button>
              )}
            </span>
            {commands.length > 0 && <Code text={commands.join('\n')} label={t('fixCommands')} />}
          </li>
        ))}
      </ul>
    </Notice>
  )
}

function Rules({ reading }: { reading: Reading }) {
  const t = useTranslations('networks')
  const { config, inEffect, filters, brNetfilter, forwarding, files } = reading
  const families = (on: { ipv4: boolean | null; ipv6: boolean | null }) =>
    [...(on.ipv4 === true ? [t('yes4')] : []), ...(on.ipv6 === true ? [t('yes6')] : [])].join(', ') || t('neither')
  return (
    <>
      <DefinitionList>
        <Definition term={t('state')}>
          {inEffect === null ? (
            t('noRules')
          ) : inEffect ? (
            <State tone="ok" word={t('inEffect')} />
          ) : (
            <State tone="bad" word={t('notInEffect')} />
          )}
        </Definition>
        {config.nat.length > 0 && (
          <Definition term={t('natRules')}>
            {config.nat.map(({ bridge, subnet, uplink }) => (
              <span key={`${bridge} ${subnet}`} className="figures block">
                {`${subnet}  ${bridge} → ${uplink ?? t('anyUplink')}`}
              </span>
            ))}
          </Definition>
        )}
        {config.ports.length > 0 && (
          <Definition term={t('portRules')}>
            {config.ports.map(({ protocol, port, address, toPort, uplink }) => (
              <span key={`${protocol} ${port} ${uplink ?? ''} ${address}`} className="figures block">
                {`${protocol} ${port} → ${address} ${toPort}${uplink === null ? '' : `  (${uplink})`}`}
              </span>
            ))}
          </Definition>
        )}
        {config.isolated.length > 0 && (
          <Definition term={t('isolatedRules')}>
            {config.isolated.map(({ a, b }) => `${a} ↮ ${b}`).join(', ')}
          </Definition>
        )}
        {config.passBridged.length > 0 && (
          <Definition term={t('passBridged')}>{config.passBridged.join(', ')}</Definition>
        )}
        <Definition term={t('kernelForwards')}>{families(forwarding)}</Definition>
        <Definition term={t('filters')}>
          {filters.length === 0 ? t('noFilters') : filters.map(({ chain }) => chain).join(', ')}
        </Definition>
        <Definition term={t('brNetfilter')}>{families(brNetfilter)}</Definition>
      </DefinitionList>
      {files.length > 0 && (
        <details>
          <summary className="text-ink-2 hover:text-ink">{t('files')}</summary>
          <div className="mt-2 flex flex-col gap-2">
            {files.map(({ path, text }) => (
              <div key={path} className="flex flex-col gap-1">
                <p className="figures text-ink-2">{path}</p>
                <Code text={text} label={path} />
              </div>
            ))}
          </div>
        </details>
      )}
    </>
  )
}
