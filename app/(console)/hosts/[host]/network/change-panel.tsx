'use client'
import { zodResolver } from '@hookform/resolvers/zod'
import { useTranslations } from 'next-intl'
import { useEffect, useId, useRef, useState } from 'react'
import { type FieldPath, FormProvider, useForm } from 'react-hook-form'
import * as z from 'zod'
import {
  ApplyButton,
  PlanFailure,
  PlanReview,
  Refusals,
  type Safety,
  safetyOf,
  startOf,
} from '@/components/parts/plan-review.tsx'
import { useSentence } from '@/components/parts/sentence-text.tsx'
import { Button } from '@/components/ui/button.tsx'
import { SidePanel } from '@/components/ui/dialog.tsx'
import { Skeleton } from '@/components/ui/empty.tsx'
import { Notice } from '@/components/ui/notice.tsx'
import type { NetworkState, Operation, Plan } from '@/lib/contract/network.ts'
import type { LinkFacts } from '@/lib/facts/facts.ts'
import { problemsOf } from '@/lib/net/link-form-problems.ts'
import {
  configOf,
  type DirectAction,
  directOperationOf,
  type FormAction,
  formActions,
  formOf,
  type LinkAction,
  type LinkForm,
  operationsOf,
  placeOf,
} from '@/lib/net/link-form.ts'
import { usePlanNetwork, useStartChange } from '@/lib/wire/network.ts'
import { useCurrentHost } from '../current-host.tsx'
import { LinkFormFields } from './link-form-fields.tsx'

interface Props {
  action: LinkAction
  /** The link, or the tap; null: a new link from nothing. */
  on: string | null
  state: NetworkState
  links: readonly LinkFacts[]
  /** Why nothing can be applied, a sentence, or null. */
  reason: string | null
  onClose: () => void
}

const isForm = (action: LinkAction): action is FormAction => formActions.some((one) => one === action)

/** One change from wish to apply: the form, its plan, the yes. What was typed stays while one goes back and forth. */
export default function ChangePanel(props: Props) {
  const { action, on, state } = props
  // What is typed belongs to what was seen when it began.
  const [seen] = useState(state)
  return isForm(action) ? (
    <FormChange {...props} action={action} state={seen} />
  ) : (
    <DirectChange {...props} action={action} on={on ?? ''} />
  )
}

function useTitle({ action, on, state }: Pick<Props, 'action' | 'on' | 'state'>): string {
  const t = useTranslations('network.titles')
  const link = state.links.find(({ name }) => name === on)
  const isMaster = link !== undefined && ['bridge', 'bond'].includes(configOf(link).kind)
  const isNew = action === 'bridge' || action === 'vlan' || action === 'bond'
  const key = isNew
    ? on === null
      ? action
      : (`${action}On` as const)
    : action === 'attach' && !isMaster
      ? 'attachTo'
      : action
  return t(key, { link: on ?? '' })
}

/** Plans, shows, applies. The panel around it and what comes before it are the caller's. */
function useChange(onClose: () => void) {
  const host = useCurrentHost()
  const plan = usePlanNetwork()
  const start = useStartChange()
  const [safety, setSafety] = useState<Safety | null>(null)
  const made: Plan | undefined = plan.data
  const chosen = safety ?? (made === undefined ? null : safetyOf(made))
  return {
    host,
    plan,
    start,
    chosen,
    setSafety,
    ask: (operations: Operation[], etag: string | null) => {
      start.reset()
      return plan.mutateAsync({ host: host.id, operations, etag })
    },
    apply: () => {
      if (made === undefined || chosen === null || start.isPending) return
      start.mutate({ host: host.id, start: startOf(made, chosen) }, { onSuccess: onClose })
    },
  }
}

function FormChange({ action, on, state, links, reason, onClose }: Props & { action: FormAction }) {
  const t = useTranslations('network')
  const ui = useTranslations('ui')
  const changes = useTranslations('changes')
  const formId = useId()
  const say = useSentence()
  const link = state.links.find(({ name }) => name === on) ?? null
  const [defaultValues] = useState(() => formOf(action, state, link))
  const form = useForm<LinkForm>({
    defaultValues,
    resolver: zodResolver(
      z.custom<LinkForm>().check(({ value, issues }) => {
        for (const { path, sentence } of problemsOf(action, value))
          issues.push({ code: 'custom', input: value, path: path.split('.'), message: say(sentence) })
      }),
    ),
  })
  const { plan, start, chosen, setSafety, ask, apply, host } = useChange(onClose)
  const [isReviewing, setReviewing] = useState(false)
  const [unplaced, setUnplaced] = useState<Plan['refusals']>([])

  /** @param etag of what was seen; null: of whatever is now */
  const review = (etag: string | null): void =>
    void form.handleSubmit(async (values) => {
      const made = await ask(operationsOf(action, values, state, link), etag).catch(() => null)
      setUnplaced([])
      if (made === null) return
      for (const { field, sentence } of made.refusals) {
        const place = placeOf(action, field)
        if (place !== null)
          form.setError(place as FieldPath<LinkForm>, { type: 'server', message: say(sentence) }, { shouldFocus: true })
      }
      setUnplaced(made.refusals.filter(({ field }) => placeOf(action, field) === null))
      setReviewing(made.refusals.length === 0)
    })()

  const failure = start.error ?? plan.error
  const made = isReviewing ? plan.data : undefined
  const lead = isReviewing
    ? undefined
    : action === 'bridge' && on !== null
      ? t('leads.bridge')
      : action === 'mtu'
        ? t('leads.mtu')
        : undefined
  return (
    <SidePanel
      open
      wide={isReviewing}
      onOpenChange={(open) => {
        if (!open) onClose()
      }}
      title={useTitle({ action, on, state })}
      description={lead}
      footer={
        made === undefined || chosen === null ? (
          <>
            <Button onClick={onClose}>{ui('cancel')}</Button>
            <Button type="submit" form={formId} variant="primary" pending={plan.isPending} disabledReason={reason}>
              {t('form.review')}
            </Button>
          </>
        ) : (
          <>
            <Button onClick={() => setReviewing(false)}>{changes('back')}</Button>
            <ApplyButton
              plan={made}
              safety={chosen}
              pending={start.isPending}
              disabledReason={reason}
              onApply={apply}
            />
          </>
        )
      }
    >
      <FormProvider {...form}>
        <form
          id={formId}
          noValidate
          hidden={isReviewing}
          className={isReviewing ? undefined : 'flex flex-col gap-4'}
          onSubmit={(event) => {
            event.preventDefault()
            review(state.etag)
          }}
        >
          {link?.management === true && <Notice tone="warn" title={t('leads.management')} />}
          <LinkFormFields action={action} state={state} links={links} on={link} />
        </form>
      </FormProvider>
      {unplaced.length > 0 && !isReviewing && <Refusals refusals={unplaced} />}
      {failure !== null && <PlanFailure error={failure} onPlanAgain={() => review(null)} />}
      {made !== undefined && chosen !== null && (
        <PlanReview plan={made} host={host.name} safety={chosen} onSafety={setSafety} />
      )}
    </SidePanel>
  )
}

/** What needs no form: the plan is made at once. */
function DirectChange({
  action,
  on,
  state,
  reason,
  onClose,
}: Omit<Props, 'action' | 'on'> & { action: DirectAction; on: string }) {
  const title = useTitle({ action, on, state })
  const operation = directOperationOf(action, state, on)
  return <OperationChange title={title} operation={operation} reason={reason} onClose={onClose} />
}

/** Reviews and applies one operation. */
export function OperationChange({
  title,
  operation,
  reason,
  onClose,
}: {
  title: string
  operation: Operation
  reason: string | null
  onClose: () => void
}) {
  const ui = useTranslations('ui')
  const { plan, start, chosen, setSafety, ask, apply, host } = useChange(onClose)
  const again = () => void ask([operation], null).catch(() => undefined)
  const isAsked = useRef(false)
  useEffect(() => {
    if (isAsked.current) return
    isAsked.current = true
    again()
  })
  const failure = start.error ?? plan.error
  return (
    <SidePanel
      open
      wide
      onOpenChange={(open) => {
        if (!open) onClose()
      }}
      title={title}
      footer={
        <>
          <Button onClick={onClose}>{ui('cancel')}</Button>
          {plan.data !== undefined && chosen !== null && (
            <ApplyButton
              plan={plan.data}
              safety={chosen}
              pending={start.isPending}
              disabledReason={reason}
              onApply={apply}
            />
          )}
        </>
      }
    >
      {failure !== null && <PlanFailure error={failure} onPlanAgain={again} />}
      {plan.isPending && <Skeleton rows={5} />}
      {plan.data !== undefined && chosen !== null && (
        <PlanReview plan={plan.data} host={host.name} safety={chosen} onSafety={setSafety} />
      )}
    </SidePanel>
  )
}
