'use client'
import { useRouter } from 'next/navigation'
import { useEffect } from 'react'
import { tinykeys } from 'tinykeys'
import { useOffered } from './actions.tsx'
import { places } from './navigation.tsx'

const isTyping = ({ target }: KeyboardEvent): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName))
const isInDialog = (): boolean =>
  document.querySelector('[role="dialog"][data-open], [role="menu"][data-open]') !== null

/** Moves the focus along the rows of the page's tables. */
function moveRow(step: 1 | -1): void {
  const rows = [...document.querySelectorAll<HTMLElement>('main [data-row]')]
  const at = rows.findIndex((row) => row.contains(document.activeElement))
  const next = rows[at === -1 ? (step === 1 ? 0 : rows.length - 1) : at + step]
  next?.querySelector<HTMLElement>('a, button')?.focus()
  next?.scrollIntoView({ block: 'nearest' })
}

/** The keys that work everywhere. None of them destroys anything. */
export function useKeyboard(openPalette: () => void, openHelp: () => void): void {
  const router = useRouter()
  const offered = useOffered()
  useEffect(() => {
    const unlessTyping = (run: () => void) => (event: KeyboardEvent) => {
      if (isTyping(event) || isInDialog()) return
      event.preventDefault()
      run()
    }
    const goes = Object.fromEntries(places.map(({ href, keys }) => [keys, unlessTyping(() => router.push(href))]))
    const pages = Object.fromEntries(
      offered
        .filter(({ key, disabledReason }) => key !== undefined && typeof disabledReason !== 'string')
        .map(({ key = '', run }) => [key, unlessTyping(run)]),
    )
    return tinykeys(window, {
      ...goes,
      ...pages,
      '$mod+k': (event: KeyboardEvent) => {
        event.preventDefault()
        openPalette()
      },
      '/': unlessTyping(() => document.querySelector<HTMLElement>('main [data-filter]')?.focus()),
      '?': unlessTyping(openHelp),
      'Shift+?': unlessTyping(openHelp),
      j: unlessTyping(() => moveRow(1)),
      k: unlessTyping(() => moveRow(-1)),
    })
  }, [router, offered, openPalette, openHelp])
}
