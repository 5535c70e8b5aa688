'use client'
import { useEffect, useEffectEvent, useState } from 'react'
import { consoleEnd, type ConsoleEnd, type ConsoleKind } from '@/lib/contract/vm-console.ts'
import { ProblemError } from '@/lib/wire/problem-error.ts'
import { openConsoleSocket } from '@/lib/wire/vm-console.ts'

/** Why a console ended: as the server says, or `lost` when the connection just went. */
export type LinkEnd = ConsoleEnd | 'lost'

export type ConsoleLink =
  | { state: 'connecting' }
  | { state: 'open' }
  /** `isTrying`: it is tried again by itself. */
  | { state: 'closed'; why: LinkEnd; isTrying: boolean }
  | { state: 'refused'; problem: Error; isTrying: boolean }

const firstWaitMs = 1000
const longestWaitMs = 10_000

const endOf = (code: number): LinkEnd =>
  (Object.keys(consoleEnd) as ConsoleEnd[]).find((why) => consoleEnd[why] === code) ?? 'lost'
// A person is needed for these.
const isFinal = (why: LinkEnd): boolean => why === 'idle' || why === 'signed-out'
const isPassing = (problem: unknown): boolean =>
  problem instanceof ProblemError && (problem.status === 0 || problem.status >= 500)

/**
 * One console of a VM, opened anew when it is lost. `join` is handed each socket before it is open, and returns how to
 * leave it. @param reference of the VM, as in the page's address
 */
export function useConsoleLink(reference: string, kind: ConsoleKind, join: (socket: WebSocket) => () => void) {
  const [link, setLink] = useState<ConsoleLink>({ state: 'connecting' })
  const [attempt, setAttempt] = useState({ turn: 0, failures: 0, takeOver: false })
  const joined = useEffectEvent(join)

  useEffect(() => {
    let isLeft = false
    let hasOpened = false
    let leave = () => {}
    let timer: ReturnType<typeof setTimeout> | undefined
    const again = () => {
      const failures = hasOpened ? 0 : attempt.failures
      timer = setTimeout(
        () => setAttempt({ turn: attempt.turn + 1, failures: failures + 1, takeOver: false }),
        Math.min(longestWaitMs, firstWaitMs * 2 ** failures),
      )
    }
    const begin = async () => {
      try {
        const socket = await openConsoleSocket(reference, { kind, takeOver: attempt.takeOver })
        if (isLeft) return socket.close()
        const part = joined(socket)
        leave = () => {
          part()
          socket.close()
        }
        socket.addEventListener('open', () => {
          hasOpened = true
          if (!isLeft) setLink({ state: 'open' })
        })
        socket.addEventListener('close', ({ code }) => {
          if (isLeft) return
          const why = endOf(code)
          setLink({ state: 'closed', why, isTrying: !isFinal(why) })
          if (!isFinal(why)) again()
        })
      } catch (failure) {
        if (isLeft) return
        const isTrying = isPassing(failure)
        setLink({
          state: 'refused',
          problem: failure instanceof Error ? failure : new Error(String(failure)),
          isTrying,
        })
        if (isTrying) again()
      }
    }
    void begin()
    return () => {
      isLeft = true
      clearTimeout(timer)
      leave()
    }
  }, [reference, kind, attempt])

  const reconnect = (takeOver = false) => {
    setLink({ state: 'connecting' })
    setAttempt(({ turn }) => ({ turn: turn + 1, failures: 0, takeOver }))
  }
  return { link, reconnect }
}
