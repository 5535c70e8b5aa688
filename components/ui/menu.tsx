'use client'
import { Spoken } from './spoken.tsx'
import { Menu as Base } from '@base-ui/react/menu'
import type { ReactElement } from 'react'

export interface MenuItem {
  label: string
  onSelect: () => void
  /** Why it cannot be chosen, a sentence; shown beneath the label. */
  disabledReason?: string | null
  danger?: boolean
  /** Marked as the present choice. */
  checked?: boolean
}

/** Groups of actions behind a button. */
export function Menu({
  trigger,
  groups,
  align = 'end',
}: {
  trigger: ReactElement
  groups: readonly (readonly MenuItem[])[]
  align?: 'start' | 'end'
}) {
  return (
    <Base.Root>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner sideOffset={4} align={align} className="z-50">
          <Base.Popup className="min-w-48 rounded-base border border-line-strong bg-raised py-1 shadow-overlay outline-none transition-opacity duration-[120ms] data-ending-style:opacity-0 data-starting-style:opacity-0">
            {groups.map((items, index) => (
              <Base.Group
                key={items.map(({ label }) => label).join()}
                className={index > 0 ? 'mt-1 border-t border-line pt-1' : ''}
              >
                {items.map((item) => (
                  <Base.Item
                    key={item.label}
                    disabled={typeof item.disabledReason === 'string'}
                    onClick={item.onSelect}
                    className={`mx-1 flex cursor-pointer flex-col rounded-[4px] px-2 py-1 outline-none select-none data-disabled:cursor-not-allowed data-highlighted:bg-hover ${item.danger === true ? 'text-bad' : 'text-ink'}`}
                  >
                    <span className="flex items-center gap-2">
                      {item.checked !== undefined && (
                        <span aria-hidden="true" className="w-3 text-accent">
                          {item.checked ? '✓' : ''}
                        </span>
                      )}
                      {item.label}
                    </span>
                    {typeof item.disabledReason === 'string' && (
                      <span className="max-w-64 text-12 text-ink-3">
                        <Spoken text={item.disabledReason} />
                      </span>
                    )}
                  </Base.Item>
                ))}
              </Base.Group>
            ))}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  )
}
