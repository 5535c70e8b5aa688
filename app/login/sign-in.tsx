'use client'
import { zodResolver } from '@hookform/resolvers/zod'
import { useQueryClient } from '@tanstack/react-query'
import { useTranslations } from 'next-intl'
import { useRouter } from 'next/navigation'
import { useEffect, useState } from 'react'
import { useForm } from 'react-hook-form'
import { Doorstep } from '@/components/account/doorstep.tsx'
import { useHydrated } from '@/components/account/hydrated.ts'
import { ProblemNotice } from '@/components/parts/problem-notice.tsx'
import { Button } from '@/components/ui/button.tsx'
import { TextField } from '@/components/ui/field.tsx'
import { sentenceOf } from '@/components/ui/form-problem.ts'
import { type Me, signInCodeSchema, signInRequestSchema } from '@/lib/contract/account.ts'
import { useSignIn, useSignInWithCode } from '@/lib/wire/mutations.ts'
import { ProblemError } from '@/lib/wire/problem-error.ts'
import { keys, useMe, useSetupState } from '@/lib/wire/queries.ts'

/** @param next a path of ours */
export function SignIn({ next }: { next: string }) {
  const t = useTranslations('account.signIn')
  const router = useRouter()
  const cache = useQueryClient()
  const [wantsCode, setWantsCode] = useState(false)
  const [again, setAgain] = useState<Error | null>(null)
  const isSignedIn = useMe().isSuccess
  const claimed = useSetupState().data?.claimed
  useEffect(() => {
    if (claimed === false) router.replace('/setup')
    else if (isSignedIn) router.replace(next)
  }, [claimed, isSignedIn, next, router])

  const welcome = (me: Me | null) => {
    // What somebody else read here before is none of theirs.
    cache.clear()
    if (me !== null) cache.setQueryData(keys.me(), me)
    router.replace(next)
  }
  if (wantsCode)
    return (
      <Doorstep title={t('codeTitle')} lead={t('codeLead')}>
        <CodeForm
          onDone={welcome}
          onBack={(why) => {
            setAgain(why)
            setWantsCode(false)
          }}
        />
      </Doorstep>
    )
  return (
    <Doorstep title={t('title')}>
      <PasswordForm before={again} onDone={welcome} onCode={() => setWantsCode(true)} />
    </Doorstep>
  )
}

function PasswordForm({
  before,
  onDone,
  onCode,
}: {
  before: Error | null
  onDone: (me: Me | null) => void
  onCode: () => void
}) {
  const t = useTranslations('account')
  const signIn = useSignIn()
  const isHydrated = useHydrated()
  // No default values: what was typed before the script ran stays.
  const { register, handleSubmit, formState } = useForm({ resolver: zodResolver(signInRequestSchema) })
  const failure = signIn.error ?? (signIn.isIdle ? before : null)
  return (
    <form
      method="post"
      noValidate
      className="flex flex-col gap-4"
      onSubmit={(event) =>
        void handleSubmit((credentials) =>
          signIn.mutate(credentials, {
            onSuccess: ({ twoFactorRequired, me }) => (twoFactorRequired ? onCode() : onDone(me)),
          }),
        )(event)
      }
    >
      {failure !== null && <ProblemNotice error={failure} />}
      <TextField
        {...register('email')}
        label={t('email')}
        type="email"
        inputMode="email"
        autoComplete="username"
        autoCapitalize="none"
        autoFocus
        error={sentenceOf(formState.errors.email, t('wrong.emailMissing'))}
      />
      <TextField
        {...register('password')}
        label={t('password')}
        type="password"
        autoComplete="current-password"
        error={sentenceOf(formState.errors.password, t('wrong.passwordMissing'))}
      />
      <Button type="submit" variant="primary" pending={signIn.isPending} inert={!isHydrated}>
        {t('signIn.do')}
      </Button>
      <p className="text-12 text-ink-3">{t('signIn.forgot')}</p>
    </form>
  )
}

function CodeForm({ onDone, onBack }: { onDone: (me: Me | null) => void; onBack: (why: Error | null) => void }) {
  const t = useTranslations('account')
  const verify = useSignInWithCode()
  const { register, handleSubmit, formState } = useForm({ resolver: zodResolver(signInCodeSchema) })
  return (
    <form
      method="post"
      noValidate
      className="flex flex-col gap-4"
      onSubmit={(event) =>
        void handleSubmit((code) =>
          verify.mutate(code, {
            onSuccess: ({ me }) => onDone(me),
            onError: (error) => {
              if (error instanceof ProblemError && error.code === 'sign-in-again') onBack(error)
            },
          }),
        )(event)
      }
    >
      {verify.error !== null && <ProblemNotice error={verify.error} />}
      <TextField
        {...register('code')}
        label={t('signIn.code')}
        hint={t('signIn.codeHint')}
        mono
        autoComplete="one-time-code"
        autoCapitalize="none"
        autoFocus
        error={sentenceOf(formState.errors.code, t('wrong.codeMissing'))}
      />
      <Button type="submit" variant="primary" pending={verify.isPending}>
        {t('signIn.verify')}
      </Button>
      <Button variant="quiet" onClick={() => onBack(null)}>
        {t('signIn.back')}
      </Button>
    </form>
  )
}
