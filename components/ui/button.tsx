'use client'
import Link from 'next/link'
import { type ComponentProps, type ReactNode, useId } from 'react'
import { classNames } from './class-names.ts'
import { Spoken } from './spoken.tsx'
import { Tooltip } from './tooltip.tsx'

type Variant = 'primary' | 'plain' | 'quiet' | 'danger'

const look: Record<Variant, string> = {
  primary: 'bg-accent text-on-accent border-transparent font-bold hover:brightness-110',
  plain: 'bg-raised text-ink border-line-strong hover:bg-hover',
  quiet: 'bg-transparent text-ink-2 border-transparent hover:bg-hover hover:text-ink',
  danger: 'bg-raised text-bad border-bad/60 hover:bg-hover',
}
const shape =
  'inline-flex h-8 shrink-0 items-center justify-center gap-1.5 rounded-base border px-3 text-13 whitespace-nowrap transition-colors duration-[120ms] select-none'
const off = 'opacity-55 cursor-not-allowed hover:bg-raised hover:brightness-100'

interface Common {
  variant?: Variant
  /** Why it cannot be pressed, as a sentence; it stays visible and focusable, and says so. */
  disabledReason?: string | null
  /** It was pressed and the answer is not there yet. */
  pending?: boolean
  children: ReactNode
}

export function Button({
  variant = 'plain',
  disabledReason = null,
  pending = false,
  className,
  children,
  onClick,
  type = 'button',
  ...rest
}: Common & Omit<ComponentProps<'button'>, 'disabled'>) {
  const reasonId = useId()
  const isOff = disabledReason !== null
  const button = (
    <button
      {...rest}
      type={type}
      aria-disabled={isOff || pending || undefined}
      aria-busy={pending || undefined}
      aria-describedby={isOff ? reasonId : rest['aria-describedby']}
      className={classNames(shape, look[variant], isOff && off, pending && 'cursor-progress opacity-70', className)}
      onClick={(event) => {
        if (isOff || pending) event.preventDefault()
        else onClick?.(event)
      }}
    >
      {pending && <Spinner />}
      {children}
    </button>
  )
  if (!isOff) return button
  return (
    <>
      <Tooltip text={<Spoken text={disabledReason} />}>{button}</Tooltip>
      <span id={reasonId} className="sr-only">
        <Spoken text={disabledReason} />
      </span>
    </>
  )
}

export function ButtonLink({
  variant = 'plain',
  className,
  ...rest
}: { variant?: Variant } & ComponentProps<typeof Link>) {
  return <Link {...rest} className={classNames(shape, look[variant], className)} />
}

/** A square button that shows a sign only; the label is its name and its tooltip. */
export function IconButton({
  label,
  children,
  className,
  ...rest
}: { label: string; children: ReactNode } & Omit<ComponentProps<'button'>, 'aria-label'>) {
  return (
    <Tooltip text={label}>
      <button
        type="button"
        {...rest}
        aria-label={label}
        className={classNames(
          'inline-flex size-8 shrink-0 items-center justify-center rounded-base text-ink-2 transition-colors duration-[120ms] hover:bg-hover hover:text-ink',
          className,
        )}
      >
        {children}
      </button>
    </Tooltip>
  )
}

export function Spinner() {
  return (
    <svg viewBox="0 0 16 16" className="size-3.5 animate-spin" aria-hidden="true">
      <circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" strokeWidth="2" strokeDasharray="26 12" />
    </svg>
  )
}
