'use client'
import { useTranslations } from 'next-intl'
import dynamic from 'next/dynamic'
import { parseAsStringLiteral, useQueryState } from 'nuqs'
import { type ReactNode, useEffect, useState } from 'react'
import { Button } from '@/components/ui/button.tsx'
import { classNames } from '@/components/ui/class-names.ts'
import { Empty, Skeleton } from '@/components/ui/empty.tsx'
import { useToast } from '@/components/ui/toast.tsx'
import { useMe } from '@/lib/wire/queries.ts'
import { useCurrentVm } from '../current-vm.tsx'
import type { ConsoleProps } from './console-frame.tsx'
import { StartVm } from './start-vm.tsx'

// A terminal and a VNC client are each larger than any page.
const SerialConsole = dynamic(() => import('./serial-console.tsx').then((module) => module.SerialConsole), {
  ssr: false,
  loading: () => <Skeleton rows={8} />,
})
const GraphicalConsole = dynamic(() => import('./graphical-console.tsx').then((module) => module.GraphicalConsole), {
  ssr: false,
  loading: () => <Skeleton rows={8} />,
})

const views = ['graphical', 'serial'] as const
type View = (typeof views)[number]

/** @param reference of the VM, as in the page's address. @param isWindow it is all that this window shows */
export function ConsolePage({ reference, isWindow = false }: { reference: string; isWindow?: boolean }) {
  const t = useTranslations('vm-console')
  const vm = useCurrentVm()
  const [asked, setAsked] = useQueryState('view', parseAsStringLiteral(views))
  const view = asked ?? (vm.graphics?.kind === 'vnc' || !vm.serial ? 'graphical' : 'serial')
  const choice = <Choice view={view} onChange={(next) => void setAsked(next)} />
  const title = t('windowTitle', { vm: vm.name, view: t(view), host: vm.host.name })
  useEffect(() => {
    if (isWindow) document.title = title
  }, [isWindow, title])
  const Kind = view === 'serial' ? Serial : Graphical
  const ownWindow = isWindow ? null : <OwnWindow reference={reference} view={view} />
  return <Kind reference={reference} choice={choice} ownWindow={ownWindow} />
}

function OwnWindow({ reference, view }: { reference: string; view: View }) {
  const t = useTranslations('vm-console')
  const toast = useToast()
  const { id } = useCurrentVm()
  const open = () => {
    // By its name a second press finds the window that is there.
    const opened = window.open(
      `/vms/${encodeURIComponent(reference)}/console/window?view=${view}`,
      `console-${id}-${view}`,
      'popup,width=1100,height=760',
    )
    if (opened === null) toast('bad', t('windowBlocked'))
    else opened.focus()
  }
  return <Button onClick={open}>{t('ownWindow')}</Button>
}

function Choice({ view, onChange }: { view: View; onChange: (view: View) => void }) {
  const t = useTranslations('vm-console')
  return (
    <div role="group" aria-label={t('choice')} className="flex rounded-base border border-line-strong">
      {views.map((one) => (
        <button
          key={one}
          type="button"
          aria-pressed={view === one}
          onClick={() => onChange(one)}
          className={classNames(
            'h-7.5 px-3 first:rounded-l-base last:rounded-r-base hover:bg-hover',
            view === one ? 'bg-raised text-ink' : 'text-ink-2',
          )}
        >
          {t(one)}
        </button>
      ))}
    </div>
  )
}

function Serial({ reference, choice, ownWindow }: ConsoleProps) {
  const t = useTranslations('vm-console')
  const vm = useCurrentVm()
  const refusal = useMe().data?.refusals['vm.console'] ?? null
  const isOff = vm.state === 'shut-off'
  // What it said last stays readable after it stopped, and goes on when it starts again.
  const [hasRun, setHasRun] = useState(!isOff)
  if (!isOff && !hasRun) setHasRun(true)
  if (refusal !== null) return <Without choice={choice} title={t('refused')} text={refusal} />
  if (!vm.serial) return <Without choice={choice} title={t('noSerial')} text={t('noSerialText')} />
  if (!hasRun)
    return <Without choice={choice} title={t('off', { vm: vm.name })} text={t('offText')} action={<StartVm />} />
  return <SerialConsole reference={reference} choice={choice} ownWindow={ownWindow} />
}

function Graphical({ reference, choice, ownWindow }: ConsoleProps) {
  const t = useTranslations('vm-console')
  const vm = useCurrentVm()
  const refusal = useMe().data?.refusals['vm.console'] ?? null
  if (refusal !== null) return <Without choice={choice} title={t('refused')} text={refusal} />
  if (vm.graphics === null) return <Without choice={choice} title={t('noGraphics')} text={t('noGraphicsText')} />
  if (vm.graphics.kind !== 'vnc')
    return <Without choice={choice} title={t('notVnc', { kind: vm.graphics.kind })} text={t('notVncText')} />
  if (vm.state === 'shut-off')
    return <Without choice={choice} title={t('off', { vm: vm.name })} text={t('offText')} action={<StartVm />} />
  return <GraphicalConsole reference={reference} choice={choice} ownWindow={ownWindow} />
}

function Without({
  choice,
  title,
  text,
  action,
}: {
  choice: ReactNode
  title: string
  text: string
  action?: ReactNode
}) {
  return (
    <div className="flex flex-col gap-3">
      <div className="flex">{choice}</div>
      <Empty title={title} action={action}>
        {text}
      </Empty>
    </div>
  )
}
