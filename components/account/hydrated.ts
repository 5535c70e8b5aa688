'use client'
import { useSyncExternalStore } from 'react'

const never = () => () => undefined

/** False until the page's script runs: before that a form would be sent by the browser itself. */
export const useHydrated = (): boolean =>
  useSyncExternalStore(
    never,
    () => true,
    () => false,
  )
