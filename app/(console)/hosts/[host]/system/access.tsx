'use client'
import { useTranslations } from 'next-intl'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { Definition, DefinitionList } from '@/components/parts/definition-list.tsx'
import { ProblemNotice } from '@/components/parts/problem-notice.tsx'
import { Time } from '@/components/parts/time.tsx'
import { Button } from '@/components/ui/button.tsx'
import { Code } from '@/components/ui/code.tsx'
import { Dialog } from '@/components/ui/dialog.tsx'
import { TextField } from '@/components/ui/field.tsx'
import { Notice } from '@/components/ui/notice.tsx'
import { useToast } from '@/components/ui/toast.tsx'
import type { Host } from '@/lib/contract/hosts.ts'
import { useEditHost, useRemoveHost } from '@/lib/wire/mutations.ts'
import { useHosts, useMe } from '@/lib/wire/queries.ts'
import { EditPanel } from './edit-panel.tsx'

/** How Drawbridge gets in: address, sign-in, pinned keys; and the end of it. */
export function Access({ host }: { host: Host }) {
  const t = useTranslations('system')
  const { data: me } = useMe()
  const hosts = useHosts().data ?? []
  const [editing, setEditing] = useState(false)
  const jump = hosts.find(({ id }) => id === host.jumpHostId)
  return (
    <div className="flex min-w-0 flex-col gap-8">
      <section aria-labelledby="access" className="flex flex-col gap-2">
        <div className="flex items-center gap-3">
          <h2 id="access" className="text-16">
            {t('access')}
          </h2>
          <Button variant="quiet" disabledReason={me?.refusals['host.edit'] ?? null} onClick={() => setEditing(true)}>
            {t('edit')}
          </Button>
        </div>
        <DefinitionList>
          <Definition term={t('address')}>{`${host.user}@${host.address}:${host.port}`}</Definition>
          <Definition term={t('signIn')}>{t(`ways.${host.signIn}`)}</Definition>
          {jump !== undefined && <Definition term={t('through')}>{jump.name}</Definition>}
          <Definition term={t('tags')}>{host.tags.join(' · ') || '—'}</Definition>
          {host.notes !== '' && (
            <Definition term={t('notes')}>
              <span className="whitespace-pre-wrap">{host.notes}</span>
            </Definition>
          )}
          <Definition term={t('addedAt')}>
            <Time at={host.createdAt} />
          </Definition>
        </DefinitionList>
        {host.publicKey !== null && <Code text={host.publicKey} label={t('publicKey')} />}
      </section>
      <Keys host={host} />
      <Removal host={host} />
      <EditPanel host={host} open={editing} onOpenChange={setEditing} />
    </div>
  )
}

function Keys({ host }: { host: Host }) {
  const t = useTranslations('system')
  const { data: me } = useMe()
  const edit = useEditHost()
  const [asks, setAsks] = useState(false)
  const offered = host.offeredKey
  return (
    <section aria-labelledby="keys" className="flex flex-col gap-2">
      <h2 id="keys" className="text-16">
        {t('keys')}
      </h2>
      {host.keys.map(({ algorithm, fingerprint, pinnedAt, pinnedBy }) => (
        <div key={fingerprint} className="border-b border-line pb-2">
          <p className="figures break-all">
            {algorithm} {fingerprint}
          </p>
          <p className="text-12 text-ink-3">
            {t('pinnedBy', { who: pinnedBy })} <Time at={pinnedAt} />
          </p>
        </div>
      ))}
      {offered !== null && (
        <Notice
          tone="bad"
          title={t('offers')}
          action={
            <Button variant="danger" disabledReason={me?.refusals['host.repin'] ?? null} onClick={() => setAsks(true)}>
              {t('trustNew')}
            </Button>
          }
        >
          <p className="figures my-1 break-all text-ink">
            {offered.algorithm} {offered.fingerprint}
          </p>
          {t('offersText')}
        </Notice>
      )}
      {offered !== null && (
        <Dialog
          open={asks}
          onOpenChange={setAsks}
          title={t('trustNewTitle', { host: host.name })}
          description={t('trustNewText')}
          footer={
            <>
              <Button onClick={() => setAsks(false)}>{t('keepOld')}</Button>
              <Button
                variant="danger"
                pending={edit.isPending}
                onClick={() =>
                  edit.mutate(
                    { host: host.id, edit: { fingerprint: offered.fingerprint } },
                    { onSuccess: () => setAsks(false) },
                  )
                }
              >
                {t('trustNew')}
              </Button>
            </>
          }
        >
          <p className="figures break-all">{offered.fingerprint}</p>
          {edit.error !== null && <ProblemNotice error={edit.error} />}
        </Dialog>
      )}
    </section>
  )
}

function Removal({ host }: { host: Host }) {
  const t = useTranslations('system')
  const ui = useTranslations('ui')
  const router = useRouter()
  const toast = useToast()
  const { data: me } = useMe()
  const remove = useRemoveHost()
  const [asks, setAsks] = useState(false)
  const [typed, setTyped] = useState('')
  return (
    <section aria-labelledby="removal" className="flex flex-col items-start gap-2">
      <h2 id="removal" className="text-16">
        {t('removal')}
      </h2>
      <p className="text-ink-2">{t('removalText')}</p>
      <Button variant="danger" disabledReason={me?.refusals['host.remove'] ?? null} onClick={() => setAsks(true)}>
        {t('remove')}
      </Button>
      <Dialog
        open={asks}
        onOpenChange={setAsks}
        title={t('removeTitle', { host: host.name })}
        description={t('removeText')}
        footer={
          <>
            <Button onClick={() => setAsks(false)}>{ui('cancel')}</Button>
            <Button
              variant="danger"
              pending={remove.isPending}
              disabledReason={typed === host.name ? null : t('typeName', { host: host.name })}
              onClick={() =>
                remove.mutate(host.id, {
                  onSuccess: () => {
                    toast('ok', t('removed', { host: host.name }))
                    router.push('/hosts')
                  },
                })
              }
            >
              {t('remove')}
            </Button>
          </>
        }
      >
        <TextField
          label={t('typeName', { host: host.name })}
          mono
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
        {remove.error !== null && <ProblemNotice error={remove.error} />}
      </Dialog>
    </section>
  )
}
