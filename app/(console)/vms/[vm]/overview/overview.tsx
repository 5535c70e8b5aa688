'use client'
import { useTranslations } from 'next-intl'
import { Definition, DefinitionList } from '@/components/parts/definition-list.tsx'
import { Time } from '@/components/parts/time.tsx'
import { Notice } from '@/components/ui/notice.tsx'
import type { VmDetail } from '@/lib/contract/vms.ts'
import { memoryText, percentText } from '@/lib/kit/units.ts'
import { useCurrentVm } from '../current-vm.tsx'
import { NewestJobs } from './newest-jobs.tsx'
import { Section } from './section.tsx'
import { Traffic } from './traffic.tsx'

/** A VM at a glance: what it is, where it is reached, what goes through it, what waits for its next start. */
export function Overview() {
  const vm = useCurrentVm()
  return (
    <div className="flex min-w-0 flex-col gap-6">
      <Pending vm={vm} />
      <Traffic vm={vm} />
      <div className="grid min-w-0 gap-x-8 gap-y-6 lg:grid-cols-2">
        <Facts vm={vm} />
        <div className="flex min-w-0 flex-col gap-6">
          <Reach vm={vm} />
          <About vm={vm} />
          <NewestJobs vm={vm} />
        </div>
      </div>
    </div>
  )
}

/** What was changed and counts only from the next start on. */
function Pending({ vm: { pending } }: { vm: VmDetail }) {
  const t = useTranslations('vms')
  if (pending.length === 0) return null
  const words = ['vcpus', 'memory', 'boot', 'cpu', 'firmware', 'topology'] as const
  const sentence = (one: string): string => {
    const word = words.find((known) => known === one)
    if (word !== undefined) return t(`pending.${word}`)
    const [kind, name = ''] = one.split(' ')
    if (kind === 'nic' || kind === 'disk') return t(`pending.${kind}`, { name })
    return t('pending.more')
  }
  return (
    <Notice tone="warn" title={t('pending.title')}>
      <ul className="list-inside list-disc">
        {pending.map((one) => (
          <li key={one}>{sentence(one)}</li>
        ))}
      </ul>
    </Notice>
  )
}

function Facts({ vm }: { vm: VmDetail }) {
  const t = useTranslations('vms')
  const ui = useTranslations('ui')
  const { topology } = vm
  const isOff = vm.state === 'shut-off'
  return (
    <Section id="facts-title" title={t('facts')}>
      <DefinitionList>
        <Definition term={t('vcpus')}>
          {vm.vcpus < vm.maxVcpus ? t('upTo', { now: vm.vcpus, most: vm.maxVcpus }) : vm.vcpus}
          {topology !== null && <span className="ml-2 text-ink-3">{t('topology', topology)}</span>}
          {!isOff && (
            <span className="ml-2 text-ink-2">
              {t('used', { share: percentText(vm.cpuPercent === null ? null : vm.cpuPercent / 100) })}
            </span>
          )}
        </Definition>
        <Definition term={t('memory')}>
          {vm.memoryBytes < vm.maxMemoryBytes
            ? t('upTo', { now: memoryText(vm.memoryBytes), most: memoryText(vm.maxMemoryBytes) })
            : memoryText(vm.memoryBytes)}
          {!isOff && <span className="ml-2 text-ink-2">{t('used', { share: memoryText(vm.memoryUsedBytes) })}</span>}
        </Definition>
        <Definition term={t('type')}>
          {vm.type === 'qemu' ? <span className="text-warn">{t('emulated')}</span> : vm.type}
          {vm.cpu !== null && <span className="ml-2 text-ink-3">{vm.cpu}</span>}
        </Definition>
        <Definition term={t('machine')}>{`${vm.machine} ${vm.architecture}`}</Definition>
        <Definition term={t('firmware')}>
          {[vm.firmware === 'uefi' ? 'UEFI' : 'BIOS', vm.secureBoot && t('secureBoot'), vm.tpm && 'TPM']
            .filter(Boolean)
            .join(', ')}
        </Definition>
        <Definition term={t('disks')}>
          {vm.disks.length === 0 && ui('none')}
          {vm.disks.map(({ target, device, bus, source, format, capacityBytes, allocationBytes }) => (
            <span key={target} className="block">
              <span className="figures">{target}</span>{' '}
              <span className="text-ink-2">
                {device === 'disk' || device === 'lun' ? `${bus}${format === null ? '' : ` ${format}`}` : device}
              </span>{' '}
              {source !== null && (
                <span className="figures">
                  {memoryText(capacityBytes)}
                  {allocationBytes !== null && device !== 'cdrom' && (
                    <span className="text-ink-2"> ({t('taken', { size: memoryText(allocationBytes) })})</span>
                  )}{' '}
                </span>
              )}
              <span className="figures break-all text-ink-3">{source ?? t('emptyDrive')}</span>
            </span>
          ))}
        </Definition>
        <Definition term={t('autostart')}>{vm.autostart ? ui('yes') : ui('no')}</Definition>
        <Definition term={t('persistent')}>{vm.persistent ? ui('yes') : t('transient')}</Definition>
        <Definition term="UUID">
          <span className="figures">{vm.id}</span>
        </Definition>
        <Definition term={t('readAt')}>
          <Time at={vm.readAt} />
        </Definition>
      </DefinitionList>
    </Section>
  )
}

function Reach({ vm: { addresses, agent, state, nics } }: { vm: VmDetail }) {
  const t = useTranslations('vms')
  return (
    <Section id="addresses-title" title={t('addresses')}>
      {addresses.length === 0 ? (
        <p className="text-ink-2">
          {state === 'shut-off' ? t('noAddressOff') : nics.length === 0 ? t('noNic') : t('noAddress')}
        </p>
      ) : (
        <ul>
          {addresses.map(({ address, prefix, mac, source }) => (
            <li key={`${address} ${mac}`} className="flex flex-wrap items-baseline gap-x-3 border-b border-line py-1.5">
              <span className="figures">{prefix === null ? address : `${address}/${prefix}`}</span>
              <span className="figures text-12 text-ink-3">{mac}</span>
              <span className="text-12 text-ink-2">{t(`sourceHints.${source}`)}</span>
            </li>
          ))}
        </ul>
      )}
      <p className="mt-2 text-12 text-ink-3">{t(`agent.${agent}`)}</p>
    </Section>
  )
}

function About({ vm }: { vm: VmDetail }) {
  const t = useTranslations('vms')
  const ui = useTranslations('ui')
  return (
    <Section id="about-title" title={t('about')}>
      <DefinitionList>
        {vm.title !== null && <Definition term={t('titleOf')}>{vm.title}</Definition>}
        <Definition term={t('owner')}>{vm.owner ?? ui('none')}</Definition>
        <Definition term={t('tags')}>{vm.tags.join(', ') || ui('none')}</Definition>
        <Definition term={t('madeFrom')}>
          {[vm.preset === null ? null : t('fromPreset', { preset: vm.preset }), vm.image].filter(Boolean).join(' · ') ||
            ui('unknown')}
        </Definition>
        <Definition term={t('notes')}>
          {vm.notes === '' ? ui('none') : <span className="whitespace-pre-wrap">{vm.notes}</span>}
        </Definition>
      </DefinitionList>
    </Section>
  )
}
