'use client'
import { useTranslations } from 'next-intl'
import { useEffect, useRef, useState } from 'react'
import { Button } from '@/components/ui/button.tsx'
import { Menu } from '@/components/ui/menu.tsx'
import { Notice } from '@/components/ui/notice.tsx'
import { State } from '@/components/ui/state.tsx'
import { keystrokesOf } from '@/lib/vm/keystrokes.ts'
import { useCurrentVm } from '../current-vm.tsx'
import { ConsoleFrame, type ConsoleProps } from './console-frame.tsx'
import { LinkNotice } from './link-notice.tsx'
import { PasteText } from './paste-text.tsx'
import { saveAs } from './save-as.ts'
import { combinations, openScreen, type Screen } from './screen.ts'
import { ScreenPassword } from './screen-password.tsx'
import { useConsoleLink } from './use-console-link.ts'

export function GraphicalConsole({ reference, choice, ownWindow }: ConsoleProps) {
  const t = useTranslations('vm-console')
  const vm = useCurrentVm()
  const box = useRef<HTMLDivElement>(null)
  const tools = useRef<HTMLDivElement>(null)
  const [screen, setScreen] = useState<Screen | null>(null)
  const [hasPicture, setHasPicture] = useState(false)
  const [password, setPassword] = useState<{ user: boolean } | null>(null)
  const [refused, setRefused] = useState<string | null>(null)
  const [isFitted, setFitted] = useState(true)
  const [isWatching, setWatching] = useState(false)
  const [isPasting, setPasting] = useState(false)
  const [isTyping, setTyping] = useState(false)

  const { link, reconnect } = useConsoleLink(reference, 'vnc', (socket) => {
    if (box.current === null) return () => {}
    const opened = openScreen(box.current, socket, t('screenOf', { vm: vm.name }), {
      onPicture: () => {
        setHasPicture(true)
        setRefused(null)
      },
      onPassword: (user) => setPassword({ user }),
      onRefused: (reason) => setRefused(reason ?? ''),
      // On plain HTTP a browser has no clipboard, and a page in the background may not write to it.
      onClipboard: (text) => void navigator.clipboard?.writeText(text).catch(() => undefined),
      onLeave: () => tools.current?.querySelector('button')?.focus(),
    })
    setScreen(opened)
    return () => {
      opened.leave()
      setScreen(null)
      setHasPicture(false)
      setPassword(null)
    }
  })
  useEffect(() => screen?.fit(isFitted), [screen, isFitted])
  useEffect(() => screen?.watchOnly(isWatching), [screen, isWatching])

  const isLive = link.state === 'open' && hasPicture
  const silent = isLive ? null : t('notLive')
  const mute = silent ?? (isWatching ? t('watching') : null)
  const typeText = async (text: string) => {
    setTyping(true)
    await screen?.type(text)
    setTyping(false)
  }
  const untypable = (text: string) => {
    const { untypable: found } = keystrokesOf(text)
    return found.length === 0 ? undefined : t('untypable', { characters: found.slice(0, 12).join(' ') })
  }
  return (
    <ConsoleFrame
      choice={choice}
      ownWindow={ownWindow}
      tools={tools}
      help={t('graphicalHelp')}
      status={<State tone={isLive ? 'ok' : 'busy'} word={t(`states.${isLive ? 'live' : 'connecting'}`)} />}
      actions={
        <>
          <Button disabledReason={mute} onClick={() => screen?.ctrlAltDel()}>
            Ctrl+Alt+Del
          </Button>
          <Menu
            trigger={<Button disabledReason={mute}>{t('keys')}</Button>}
            groups={[
              combinations.map((combination) => ({
                label: combination.label,
                onSelect: () => screen?.press(combination),
              })),
            ]}
          />
          <Button disabledReason={mute} pending={isTyping} onClick={() => setPasting(true)}>
            {t('paste')}
          </Button>
          <Menu
            trigger={<Button>{t('view')}</Button>}
            groups={[
              [
                { label: t('fit'), checked: isFitted, onSelect: () => setFitted(true) },
                { label: t('oneToOne'), checked: !isFitted, onSelect: () => setFitted(false) },
              ],
              [{ label: t('watchOnly'), checked: isWatching, onSelect: () => setWatching(!isWatching) }],
              [
                {
                  label: t('screenshot'),
                  disabledReason: silent,
                  onSelect: () => screen?.picture((blob) => blob !== null && saveAs(blob, `${vm.name}.png`)),
                },
              ],
            ]}
          />
        </>
      }
      notice={
        <>
          {refused === null ? (
            <LinkNotice link={link} onReconnect={reconnect} />
          ) : (
            <Notice
              tone="bad"
              title={t('passwordWrong')}
              action={
                <Button
                  onClick={() => {
                    setRefused(null)
                    reconnect()
                  }}
                >
                  {t('reconnect')}
                </Button>
              }
            >
              {refused}
            </Notice>
          )}
        </>
      }
    >
      <div ref={box} className="absolute inset-2" />
      {!isLive && (
        <p className="pointer-events-none absolute inset-0 flex items-center justify-center text-[#a4acb6]">
          {link.state === 'open' || link.state === 'connecting' ? t('states.connecting') : t('noPicture')}
        </p>
      )}
      {isPasting && (
        <PasteText
          hint={t('typeHint')}
          warn={untypable}
          actions={[
            { label: t('toClipboard'), run: (text) => screen?.giveClipboard(text) },
            { label: t('typeIt'), run: (text) => void typeText(text) },
          ]}
          onClose={() => setPasting(false)}
        />
      )}
      {password !== null && (
        <ScreenPassword
          withUser={password.user}
          wasRefused={refused !== null}
          onSubmit={(user, text) => {
            setPassword(null)
            screen?.signIn(user, text)
          }}
          onClose={() => {
            setPassword(null)
            setRefused('')
          }}
        />
      )}
    </ConsoleFrame>
  )
}
