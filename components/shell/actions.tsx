'use client'
import { createContext, type ReactNode, use, useEffect, useState } from 'react'

/** Something a page offers to the palette and, with a key, to the keyboard. */
export interface PageAction {
  label: string
  run: () => void
  /** One letter, e.g. `n`. Never for what destroys. */
  key?: string
  disabledReason?: string | null
}

interface Registry {
  offered: readonly PageAction[]
  offer: (actions: readonly PageAction[]) => () => void
}

const Context = createContext<Registry>({ offered: [], offer: () => () => undefined })

export function ActionsProvider({ children }: { children: ReactNode }) {
  const [sets, setSets] = useState<readonly (readonly PageAction[])[]>([])
  const [offer] = useState(() => (actions: readonly PageAction[]) => {
    setSets((held) => [...held, actions])
    return () => setSets((held) => held.filter((set) => set !== actions))
  })
  return <Context value={{ offered: sets.flat(), offer }}>{children}</Context>
}

export const useOffered = (): readonly PageAction[] => use(Context).offered

/** Offers these while the page is shown. Hand over a memoised list. */
export function useActions(actions: readonly PageAction[]): void {
  const { offer } = use(Context)
  useEffect(() => offer(actions), [offer, actions])
}
