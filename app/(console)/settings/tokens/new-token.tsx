'use client'
import { zodResolver } from '@hookform/resolvers/zod'
import { useTranslations } from 'next-intl'
import { useId } from 'react'
import { useForm, useWatch } from 'react-hook-form'
import * as z from 'zod'
import { ProblemNotice } from '@/components/parts/problem-notice.tsx'
import { Button } from '@/components/ui/button.tsx'
import { Code } from '@/components/ui/code.tsx'
import { SidePanel } from '@/components/ui/dialog.tsx'
import { SelectField, TextField } from '@/components/ui/field.tsx'
import { placeFieldErrors, sentenceOf, unplaced } from '@/components/ui/form-problem.ts'
import type { Role } from '@/lib/access/can.ts'
import { newApiTokenSchema } from '@/lib/contract/account.ts'
import { useAddToken } from '@/lib/wire/mutations.ts'
import { RoleCards } from '../role-cards.tsx'

const lives = ['30', '90', '365', 'never'] as const
const dayMs = 24 * 3600 * 1000
const schema = newApiTokenSchema.pick({ name: true, role: true }).extend({ days: z.enum(lives) })
const fields = ['name', 'role'] as const

/** A token with its role and end; then the token itself, shown this once. */
export function NewToken({ onClose }: { onClose: () => void }) {
  const t = useTranslations('settings')
  const account = useTranslations('account')
  const ui = useTranslations('ui')
  const formId = useId()
  const add = useAddToken()
  const { register, handleSubmit, formState, setError, setValue, control } = useForm({
    resolver: zodResolver(schema),
    defaultValues: { name: '', role: 'viewer' as Role, days: '90' as (typeof lives)[number] },
  })
  const role = useWatch({ control, name: 'role' })
  const failure = unplaced(add.error, fields)
  if (add.isSuccess) return <Made token={add.data.token} name={add.data.name} onClose={onClose} />
  return (
    <SidePanel
      open
      onOpenChange={onClose}
      title={t('tokens.add')}
      description={t('tokens.addLead')}
      footer={
        <>
          <Button onClick={onClose}>{ui('cancel')}</Button>
          <Button type="submit" form={formId} variant="primary" pending={add.isPending}>
            {t('tokens.do')}
          </Button>
        </>
      }
    >
      <form
        id={formId}
        method="post"
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(event) =>
          void handleSubmit(({ name, role: chosen, days }) =>
            add.mutate(
              {
                name,
                role: chosen,
                expiresAt: days === 'never' ? null : new Date(Date.now() + Number(days) * dayMs).toISOString(),
              },
              { onError: (error) => placeFieldErrors(error, fields, setError) },
            ),
          )(event)
        }
      >
        {failure !== null && <ProblemNotice error={failure} />}
        <TextField
          {...register('name')}
          label={account('name')}
          hint={t('tokens.nameHint')}
          error={sentenceOf(formState.errors.name, account('wrong.name'))}
        />
        <RoleCards name="role" value={role} onChange={(next) => setValue('role', next)} />
        <SelectField
          {...register('days')}
          label={t('tokens.expires')}
          options={lives.map((days) => ({ value: days, label: t(`tokens.lives.${days}`) }))}
        />
      </form>
    </SidePanel>
  )
}

function Made({ token, name, onClose }: { token: string; name: string; onClose: () => void }) {
  const t = useTranslations('settings.tokens')
  return (
    <SidePanel
      open
      onOpenChange={onClose}
      title={t('madeTitle', { name })}
      description={t('madeLead')}
      footer={
        <Button variant="primary" onClick={onClose}>
          {t('kept')}
        </Button>
      }
    >
      <div className="flex flex-col gap-1">
        <span className="text-12 text-ink-2">{t('token')}</span>
        <Code text={token} label={t('token')} />
      </div>
      <div className="flex flex-col gap-1">
        <span className="text-12 text-ink-2">{t('example')}</span>
        <Code
          text={`DRAWBRIDGE_TOKEN=${token}\ncurl -H "Authorization: Bearer $DRAWBRIDGE_TOKEN" ${window.location.origin}/api/v1/hosts`}
          label={t('example')}
        />
      </div>
      <p className="text-12 text-ink-2">
        {t.rich('docs', {
          link: (chunks) => (
            <a
              href="/api/v1/docs"
              target="_blank"
              rel="noreferrer"
              className="text-accent underline underline-offset-2"
            >
              {chunks}
            </a>
          ),
        })}
      </p>
    </SidePanel>
  )
}
