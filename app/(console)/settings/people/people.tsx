'use client'
import { useTranslations } from 'next-intl'
import { parseAsString, useQueryState } from 'nuqs'
import { useMemo, useState } from 'react'
import { type Column, DataTable } from '@/components/parts/data-table.tsx'
import { ProblemNotice } from '@/components/parts/problem-notice.tsx'
import { Time } from '@/components/parts/time.tsx'
import { useActions } from '@/components/shell/actions.tsx'
import { PageTitle } from '@/components/shell/page-title.tsx'
import { Button, IconButton } from '@/components/ui/button.tsx'
import { Skeleton } from '@/components/ui/empty.tsx'
import { Menu } from '@/components/ui/menu.tsx'
import { State } from '@/components/ui/state.tsx'
import type { User } from '@/lib/contract/account.ts'
import { useMe, useUsers } from '@/lib/wire/queries.ts'
import { Allowed } from '../allowed.tsx'
import { AddPerson } from './add-person.tsx'
import { type Asked, Ask } from './ask.tsx'
import { EditPerson } from './edit-person.tsx'

/** In the address, instead of somebody's id. */
const nobodyYet = 'new'

export function People() {
  const t = useTranslations('settings')
  const reason = useMe().data?.refusals['user.manage'] ?? null
  const [open, setOpen] = useQueryState('person', parseAsString)
  const add = () => void setOpen(nobodyYet)
  useActions(
    useMemo(
      () => [{ label: t('people.add'), key: 'n', run: () => void setOpen(nobodyYet), disabledReason: reason }],
      [t, setOpen, reason],
    ),
  )
  return (
    <>
      <PageTitle
        title={t('tabs.people')}
        action={
          <Button variant="primary" disabledReason={reason} onClick={add}>
            {t('people.add')}
          </Button>
        }
      />
      <Allowed action="user.manage">
        <PeopleTable open={open} onOpen={(id) => void setOpen(id)} />
      </Allowed>
    </>
  )
}

function PeopleTable({ open, onOpen }: { open: string | null; onOpen: (id: string | null) => void }) {
  const t = useTranslations('settings')
  const users = useUsers()
  const { data: me } = useMe()
  const [asked, setAsked] = useState<Asked | null>(null)
  if (users.error !== null && users.data === undefined)
    return <ProblemNotice error={users.error} onRetry={() => void users.refetch()} />
  if (users.data === undefined) return <Skeleton />
  const opened = users.data.find(({ id }) => id === open)
  const ask = (kind: Asked['kind'], user: User) => () => setAsked({ kind, user })
  const columns: Column<User>[] = [
    {
      id: 'name',
      label: t('people.name'),
      value: ({ name }) => name,
      cell: (user) => (
        <button type="button" className="rounded-[4px] font-bold hover:text-accent" onClick={() => onOpen(user.id)}>
          {user.name}
          {user.id === me?.id && <span className="font-normal text-ink-3"> {t('people.you')}</span>}
        </button>
      ),
    },
    { id: 'email', label: t('people.email'), value: ({ email }) => email, from: 'phone' },
    { id: 'role', label: t('role'), value: ({ role }) => role, cell: ({ role }) => t(`roles.${role}`) },
    {
      id: 'state',
      label: t('people.state'),
      value: ({ disabled }) => (disabled ? 'disabled' : 'active'),
      cell: ({ disabled }) => (
        <State tone={disabled ? 'off' : 'ok'} word={disabled ? t('people.disabled') : t('people.active')} />
      ),
    },
    {
      id: 'secondFactor',
      label: t('people.secondFactor'),
      value: ({ twoFactor }) => (twoFactor ? 'on' : 'off'),
      cell: ({ twoFactor }) => (
        <span className={twoFactor ? '' : 'text-ink-3'}>{twoFactor ? t('people.on') : t('people.off')}</span>
      ),
      from: 'md',
    },
    {
      id: 'added',
      label: t('people.added'),
      value: ({ createdAt }) => createdAt,
      cell: ({ createdAt }) => <Time at={createdAt} />,
      from: 'lg',
    },
    {
      id: 'actions',
      label: t('actions'),
      value: () => null,
      sortable: false,
      align: 'right',
      cell: (user) => (
        <Menu
          trigger={<IconButton label={t('actionsOf', { name: user.name })}>⋯</IconButton>}
          groups={[
            [
              { label: t('people.edit'), onSelect: () => onOpen(user.id) },
              { label: t('people.newPassword'), onSelect: ask('password', user) },
              {
                label: t('people.dropFactor'),
                onSelect: ask('factor', user),
                disabledReason: user.twoFactor ? null : t('people.noFactor'),
              },
              user.disabled
                ? { label: t('people.enable'), onSelect: ask('enable', user) }
                : { label: t('people.disable'), onSelect: ask('disable', user) },
            ],
            [{ label: t('people.remove'), danger: true, onSelect: ask('remove', user) }],
          ]}
        />
      ),
    },
  ]
  return (
    <>
      <DataTable
        label={t('tabs.people')}
        columns={columns}
        rows={users.data}
        rowKey={({ id }) => id}
        defaultSort="name"
        selected={open}
      />
      {open === nobodyYet && <AddPerson onClose={() => onOpen(null)} />}
      {opened !== undefined && <EditPerson key={opened.id} user={opened} onClose={() => onOpen(null)} />}
      {asked !== null && <Ask key={asked.user.id} asked={asked} onClose={() => setAsked(null)} />}
    </>
  )
}
