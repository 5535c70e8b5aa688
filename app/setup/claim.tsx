'use client'
import { zodResolver } from '@hookform/resolvers/zod'
import { useQueryClient } from '@tanstack/react-query'
import { useTranslations } from 'next-intl'
import { useRouter } from 'next/navigation'
import { useEffect } from 'react'
import { useForm } from 'react-hook-form'
import { Doorstep } from '@/components/account/doorstep.tsx'
import { useHydrated } from '@/components/account/hydrated.ts'
import { NewPasswordField } from '@/components/account/new-password-field.tsx'
import { ProblemNotice } from '@/components/parts/problem-notice.tsx'
import { Button, ButtonLink } from '@/components/ui/button.tsx'
import { TextField } from '@/components/ui/field.tsx'
import { placeFieldErrors, sentenceOf, unplaced } from '@/components/ui/form-problem.ts'
import { setupRequestSchema } from '@/lib/contract/account.ts'
import { useClaimSetup } from '@/lib/wire/mutations.ts'
import { ProblemError } from '@/lib/wire/problem-error.ts'
import { keys, useSetupState } from '@/lib/wire/queries.ts'

export function Claim() {
  const t = useTranslations('account.setup')
  const state = useSetupState()
  const claim = useClaimSetup()
  // Our own claim makes it true too, on the way to the first page.
  if (state.data?.claimed === true && !claim.isPending && !claim.isSuccess)
    return (
      <Doorstep title={t('claimedTitle')} lead={t('claimed')}>
        <ButtonLink href="/login" variant="primary">
          {t('toSignIn')}
        </ButtonLink>
      </Doorstep>
    )
  return (
    <Doorstep title={t('title')} lead={t('lead')}>
      {state.error === null ? (
        <ClaimForm claim={claim} />
      ) : (
        <ProblemNotice error={state.error} onRetry={() => void state.refetch()} />
      )}
    </Doorstep>
  )
}

const fields = ['token', 'name', 'email', 'password'] as const

function ClaimForm({ claim }: { claim: ReturnType<typeof useClaimSetup> }) {
  const t = useTranslations('account')
  const router = useRouter()
  const cache = useQueryClient()
  const isHydrated = useHydrated()
  // No default values: what was typed before the script ran stays.
  const { register, handleSubmit, formState, setValue, setError, setFocus } = useForm({
    resolver: zodResolver(setupRequestSchema),
  })
  useEffect(() => {
    const token = tokenOf(window.location)
    if (token !== '') setValue('token', token)
    setFocus(token === '' ? 'token' : 'name')
  }, [setValue, setFocus])
  const { errors } = formState
  const isWrongToken = claim.error instanceof ProblemError && claim.error.code === 'wrong-setup-token'
  const failure = isWrongToken ? null : unplaced(claim.error, fields)
  return (
    <form
      method="post"
      noValidate
      className="flex flex-col gap-4"
      onSubmit={(event) =>
        void handleSubmit((request) =>
          claim.mutate(request, {
            onSuccess: ({ me }) => {
              if (me !== null) cache.setQueryData(keys.me(), me)
              router.replace('/')
            },
            onError: (error) => {
              placeFieldErrors(error, fields, setError)
              if (!(error instanceof ProblemError)) return
              if (error.code === 'wrong-setup-token') setError('token', { type: 'server', message: error.message })
              if (error.code === 'claimed') void cache.invalidateQueries({ queryKey: keys.setup() })
            },
          }),
        )(event)
      }
    >
      {failure !== null && <ProblemNotice error={failure} />}
      <TextField
        {...register('token')}
        label={t('setup.token')}
        hint={t('setup.tokenHint')}
        mono
        error={sentenceOf(errors.token, t('wrong.token'))}
      />
      <TextField
        {...register('name')}
        label={t('name')}
        autoComplete="name"
        error={sentenceOf(errors.name, t('wrong.name'))}
      />
      <TextField
        {...register('email')}
        label={t('email')}
        hint={t('setup.emailHint')}
        type="email"
        inputMode="email"
        autoComplete="username"
        autoCapitalize="none"
        error={sentenceOf(errors.email, t('wrong.email'))}
      />
      <NewPasswordField
        {...register('password')}
        label={t('password')}
        error={sentenceOf(errors.password, t('wrong.newPassword'))}
      />
      <Button type="submit" variant="primary" pending={claim.isPending} inert={!isHydrated}>
        {t('setup.do')}
      </Button>
    </form>
  )
}

/** The link printed at the start carries it behind `#`, where no server and no log sees it. */
function tokenOf({ hash, search }: Location): string {
  const given = new URLSearchParams(search).get('token') ?? new URLSearchParams(hash.slice(1)).get('token')
  return (given ?? decodeURIComponent(hash.slice(1))).trim()
}
