'use client'
import { useTranslations } from 'next-intl'
import { useEffect, useEffectEvent, useRef, useState } from 'react'
import { Button } from '@/components/ui/button.tsx'
import { Menu } from '@/components/ui/menu.tsx'
import { Notice } from '@/components/ui/notice.tsx'
import { State, type Tone } from '@/components/ui/state.tsx'
import { useToast } from '@/components/ui/toast.tsx'
import type { ConsoleNews, SerialState } from '@/lib/contract/vm-console.ts'
import { useCurrentVm } from '../current-vm.tsx'
import { saveAs } from './save-as.ts'
import { ConsoleFrame, type ConsoleProps } from './console-frame.tsx'
import { LinkNotice } from './link-notice.tsx'
import { PasteText } from './paste-text.tsx'
import { StartVm } from './start-vm.tsx'
import { openTerminal, type SerialTerminal } from './terminal.ts'
import { useConsoleLink } from './use-console-link.ts'

const tone: Record<SerialState, Tone> = { connecting: 'busy', live: 'ok', off: 'off', taken: 'warn', lost: 'bad' }

const keys = [
  { label: 'Ctrl+C', bytes: '\u0003' },
  { label: 'Ctrl+D', bytes: '\u0004' },
  { label: 'Ctrl+Z', bytes: '\u001A' },
  { label: 'Ctrl+]', bytes: '\u001D' },
  { label: 'Esc', bytes: '\u001B' },
  { label: 'Tab', bytes: '\t' },
  { label: '↑', bytes: '\u001B[A' },
  { label: '↓', bytes: '\u001B[B' },
  { label: 'Enter', bytes: '\r' },
] as const

export function SerialConsole({ reference, choice, ownWindow }: ConsoleProps) {
  const t = useTranslations('vm-console')
  const vm = useCurrentVm()
  const toast = useToast()
  const box = useRef<HTMLDivElement>(null)
  const leave = useRef<HTMLDivElement>(null)
  const terminal = useRef<SerialTerminal>(null)
  const [state, setState] = useState<SerialState>('connecting')
  const [reason, setReason] = useState<string | null>(null)
  const [others, setOthers] = useState(0)
  const [isPasting, setPasting] = useState(false)
  const [areKeysLost, setKeysLost] = useState(false)

  const last = useRef<SerialState>('connecting')
  const hear = (news: ConsoleNews) => {
    if (news.type === 'viewers') setOthers(news.others)
    if (news.type !== 'state') return
    if (news.state === 'off' && last.current === 'live') terminal.current?.note(t('wentOff'))
    if (news.state === 'live' && last.current === 'off') terminal.current?.note(t('cameBack'))
    if (news.state === 'taken' && last.current === 'live') terminal.current?.note(t('evicted'))
    last.current = news.state
    if (news.state === 'live') setKeysLost(false)
    setState(news.state)
    setReason(news.reason)
  }
  const { link, reconnect } = useConsoleLink(reference, 'serial', (socket) => {
    const part = terminal.current?.join(socket, hear)
    return () => part?.()
  })
  const label = t('terminalOf', { vm: vm.name })
  const open = useEffectEvent((place: HTMLElement) =>
    openTerminal(place, label, {
      onLeave: () => leave.current?.querySelector('button')?.focus(),
      onKeysLost: () => setKeysLost(true),
    }),
  )
  useEffect(() => {
    if (box.current === null) return
    const opened = open(box.current)
    terminal.current = opened
    return () => {
      terminal.current = null
      opened.dispose()
    }
  }, [])

  const isRefused = link.state === 'refused' && !link.isTrying
  useEffect(() => {
    if (isRefused) terminal.current?.deafen()
  }, [isRefused])

  const isLive = link.state === 'open' && state === 'live'
  const silent = isLive ? null : t('notLive')
  const copy = async () => {
    const text = terminal.current?.text() ?? ''
    try {
      await navigator.clipboard.writeText(text)
      toast('ok', t('copied'))
    } catch {
      // Browsers have no clipboard on plain HTTP.
      saveAs(new Blob([text], { type: 'text/plain' }), `${vm.name}-console.txt`)
    }
  }
  const setSize = () => {
    const { columns, rows } = terminal.current?.size() ?? { columns: 80, rows: 24 }
    terminal.current?.type(`stty rows ${rows} cols ${columns}\r`)
  }
  return (
    <ConsoleFrame
      choice={choice}
      ownWindow={ownWindow}
      tools={leave}
      help={t('serialHelp')}
      status={
        <>
          <State
            tone={link.state === 'open' ? tone[state] : 'busy'}
            word={t(`states.${link.state === 'open' ? state : 'connecting'}`)}
          />
          {others > 0 && <span className="text-ink-3">{t('others', { count: others })}</span>}
        </>
      }
      actions={
        <>
          <Menu
            trigger={<Button disabledReason={silent}>{t('keys')}</Button>}
            groups={[
              keys.map(({ label: key, bytes }) => ({ label: key, onSelect: () => terminal.current?.type(bytes) })),
              [{ label: t('setSize'), onSelect: setSize }],
            ]}
          />
          <Button disabledReason={silent} onClick={() => setPasting(true)}>
            {t('paste')}
          </Button>
          <Button onClick={() => void copy()}>{t('copy')}</Button>
        </>
      }
      notice={
        <>
          <LinkNotice link={link} onReconnect={reconnect} />
          {areKeysLost && !isLive && <Notice tone="warn" title={t('keysLost')} />}
          {link.state === 'open' && state === 'off' && (
            <Notice tone="off" title={t('off', { vm: vm.name })} action={<StartVm />}>
              {reason ?? t('comesBack')}
            </Notice>
          )}
          {link.state === 'open' && state === 'taken' && (
            <Notice
              tone="warn"
              title={t('taken')}
              action={
                <Button variant="danger" onClick={() => reconnect(true)}>
                  {t('takeOver')}
                </Button>
              }
            >
              {t('takenText')}
            </Notice>
          )}
          {link.state === 'open' && state === 'lost' && (
            <Notice tone="bad" title={reason ?? t('ended.lost')}>
              {t('trying')}
            </Notice>
          )}
        </>
      }
    >
      <div ref={box} className="absolute inset-2" />
      {isPasting && (
        <PasteText
          hint={t('pasteHint')}
          actions={[{ label: t('pasteIt'), run: (text) => terminal.current?.paste(text) }]}
          onClose={() => setPasting(false)}
        />
      )}
    </ConsoleFrame>
  )
}
