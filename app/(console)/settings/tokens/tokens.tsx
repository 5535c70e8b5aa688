'use client'
import { useTranslations } from 'next-intl'
import { parseAsBoolean, useQueryState } from 'nuqs'
import { useMemo, useState } from 'react'
import { type Column, DataTable } from '@/components/parts/data-table.tsx'
import { ProblemNotice } from '@/components/parts/problem-notice.tsx'
import { Time } from '@/components/parts/time.tsx'
import { useActions } from '@/components/shell/actions.tsx'
import { PageTitle } from '@/components/shell/page-title.tsx'
import { Button } from '@/components/ui/button.tsx'
import { Confirm } from '@/components/ui/confirm.tsx'
import { Empty, Skeleton } from '@/components/ui/empty.tsx'
import { State, type Tone } from '@/components/ui/state.tsx'
import { useToast } from '@/components/ui/toast.tsx'
import type { ApiToken } from '@/lib/contract/account.ts'
import { useRevokeToken } from '@/lib/wire/mutations.ts'
import { useMe, useTokens } from '@/lib/wire/queries.ts'
import { Allowed } from '../allowed.tsx'
import { NewToken } from './new-token.tsx'

type TokenState = 'active' | 'expired' | 'revoked'
const tones: Record<TokenState, Tone> = { active: 'ok', expired: 'off', revoked: 'off' }

function stateOf({ revokedAt, expiresAt }: ApiToken, now: number): TokenState {
  if (revokedAt !== null) return 'revoked'
  return expiresAt !== null && Date.parse(expiresAt) <= now ? 'expired' : 'active'
}

export function Tokens() {
  const t = useTranslations('settings')
  const reason = useMe().data?.refusals['token.manage'] ?? null
  const [isAdding, setIsAdding] = useQueryState('new', parseAsBoolean.withDefault(false))
  useActions(
    useMemo(
      () => [{ label: t('tokens.add'), key: 'n', run: () => void setIsAdding(true), disabledReason: reason }],
      [t, setIsAdding, reason],
    ),
  )
  const add = (
    <Button variant="primary" disabledReason={reason} onClick={() => void setIsAdding(true)}>
      {t('tokens.add')}
    </Button>
  )
  return (
    <>
      <PageTitle title={t('tabs.tokens')} action={add} />
      <Allowed action="token.manage">
        <TokenTable />
        {isAdding && <NewToken onClose={() => void setIsAdding(null)} />}
      </Allowed>
    </>
  )
}

function TokenTable() {
  const t = useTranslations('settings')
  const tokens = useTokens()
  const [asked, setAsked] = useState<ApiToken | null>(null)
  const [now] = useState(() => Date.now())
  if (tokens.error !== null && tokens.data === undefined)
    return <ProblemNotice error={tokens.error} onRetry={() => void tokens.refetch()} />
  if (tokens.data === undefined) return <Skeleton />
  const time = (at: string | null, otherwise: string) =>
    at === null ? <span className="text-ink-3">{otherwise}</span> : <Time at={at} />
  const columns: Column<ApiToken>[] = [
    { id: 'name', label: t('tokens.name'), value: ({ name }) => name },
    {
      id: 'prefix',
      label: t('tokens.prefix'),
      value: ({ prefix }) => prefix,
      cell: ({ prefix }) => <span className="figures">{prefix}…</span>,
      from: 'md',
    },
    { id: 'role', label: t('role'), value: ({ role }) => role, cell: ({ role }) => t(`roles.${role}`) },
    {
      id: 'state',
      label: t('people.state'),
      value: (token) => stateOf(token, now),
      cell: (token) => {
        const state = stateOf(token, now)
        return <State tone={tones[state]} word={t(`tokens.states.${state}`)} />
      },
    },
    {
      id: 'made',
      label: t('tokens.made'),
      value: ({ createdAt }) => createdAt,
      cell: ({ createdAt }) => <Time at={createdAt} />,
      from: 'xl',
      descendsFirst: true,
    },
    {
      id: 'expires',
      label: t('tokens.expires'),
      value: ({ expiresAt }) => expiresAt,
      cell: ({ expiresAt }) => time(expiresAt, t('tokens.never')),
      from: 'lg',
    },
    {
      id: 'lastUsed',
      label: t('tokens.lastUsed'),
      value: ({ lastUsedAt }) => lastUsedAt,
      cell: ({ lastUsedAt }) => time(lastUsedAt, t('tokens.unused')),
      from: 'md',
      descendsFirst: true,
    },
    {
      id: 'actions',
      label: t('actions'),
      value: () => null,
      sortable: false,
      align: 'right',
      cell: (token) => (
        <Button
          variant="quiet"
          aria-label={t('tokens.revokeThis', { name: token.name })}
          disabledReason={token.revokedAt === null ? null : t('tokens.revokedAlready')}
          onClick={() => setAsked(token)}
        >
          {t('tokens.revoke')}
        </Button>
      ),
    },
  ]
  return (
    <>
      <DataTable
        label={t('tabs.tokens')}
        columns={columns}
        rows={tokens.data}
        rowKey={({ id }) => id}
        defaultSort="-made"
        empty={<Empty title={t('tokens.empty')}>{t('tokens.emptyHint')}</Empty>}
      />
      {asked !== null && <Revoke key={asked.id} token={asked} onClose={() => setAsked(null)} />}
    </>
  )
}

function Revoke({ token: { id, name }, onClose }: { token: ApiToken; onClose: () => void }) {
  const t = useTranslations('settings.tokens')
  const toast = useToast()
  const revoke = useRevokeToken()
  return (
    <Confirm
      title={t('revokeTitle', { name })}
      description={t('revokeLead')}
      action={t('revoke')}
      pending={revoke.isPending}
      onClose={onClose}
      onConfirm={() =>
        revoke.mutate(id, {
          onSuccess: () => {
            onClose()
            toast('ok', t('revoked', { name }))
          },
        })
      }
    >
      {revoke.error !== null && <ProblemNotice error={revoke.error} />}
    </Confirm>
  )
}
