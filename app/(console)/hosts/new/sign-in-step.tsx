'use client'
import { zodResolver } from '@hookform/resolvers/zod'
import { useTranslations } from 'next-intl'
import { useRouter } from 'next/navigation'
import { useForm, useWatch } from 'react-hook-form'
import * as z from 'zod'
import { ProblemNotice } from '@/components/parts/problem-notice.tsx'
import { Button } from '@/components/ui/button.tsx'
import { Code } from '@/components/ui/code.tsx'
import { RadioCards, TextAreaField, TextField } from '@/components/ui/field.tsx'
import { useToast } from '@/components/ui/toast.tsx'
import { type AddHost, hostNameSchema, type SignIn, userNameSchema } from '@/lib/contract/hosts.ts'
import { useAddHost, useMakeKey } from '@/lib/wire/mutations.ts'
import { ProblemError } from '@/lib/wire/problem-error.ts'
import { tagsOf, tagsProblem } from '../tags.ts'
import type { FoundHost } from './address-step.tsx'

const kinds = ['generated-key', 'password', 'stored-key', 'agent'] as const satisfies readonly SignIn['kind'][]
type Kind = (typeof kinds)[number]

/** The form as it stands; all four ways keep what was typed while another one is looked at. */
const formSchema = z
  .object({
    name: hostNameSchema,
    user: userNameSchema,
    kind: z.enum(kinds),
    password: z.string(),
    privateKey: z.string(),
    passphrase: z.string(),
    tags: z.string(),
  })
  .check(({ value, issues }) => {
    const missing = (path: string, message: string) =>
      issues.push({ code: 'custom', input: value, path: [path], message })
    if (value.kind === 'password' && value.password === '') missing('password', 'Give the password.')
    if (value.kind === 'stored-key' && value.privateKey.trim() === '') missing('privateKey', 'Paste the private key.')
    const wrong = tagsProblem(value.tags)
    if (wrong !== null) missing('tags', wrong)
  })
type Form = z.infer<typeof formSchema>

/** `kvm-03.example.org` → `kvm-03`; an IP address has no name in it. */
const suggestName = (address: string): string =>
  /^[\d.]+$|:/.test(address) ? `kvm-${address.split(/[.:]/).at(-1)}` : (address.split('.')[0] ?? address)

export function SignInStep({ found, fingerprint }: { found: FoundHost; fingerprint: string }) {
  const t = useTranslations('hosts')
  const router = useRouter()
  const toast = useToast()
  const add = useAddHost()
  const key = useMakeKey()
  const form = useForm<Form>({
    resolver: zodResolver(formSchema),
    defaultValues: {
      name: suggestName(found.address),
      user: 'root',
      kind: 'generated-key',
      password: '',
      privateKey: '',
      passphrase: '',
      tags: '',
    },
  })
  const kind = useWatch({ control: form.control, name: 'kind' })
  const user = useWatch({ control: form.control, name: 'user' })
  const { errors } = form.formState
  const needsKey = kind === 'generated-key' && key.data === undefined

  const submit = form.handleSubmit((values) => {
    const signIn = signInOf(values, key.data?.keyId ?? '')
    const { address, port, jumpHostId } = found
    const host: AddHost = {
      address,
      port,
      jumpHostId,
      fingerprint,
      name: values.name,
      user: values.user,
      signIn,
      tags: tagsOf(values.tags),
    }
    add.mutate(host, {
      onSuccess: ({ name }) => {
        toast('ok', t('added', { name }))
        router.push(`/hosts/${encodeURIComponent(name)}/live`)
      },
      onError: (error) => {
        for (const { field, message } of error instanceof ProblemError ? error.fields : [])
          if (field in values) form.setError(field as keyof Form, { message })
      },
    })
  })

  return (
    <form noValidate onSubmit={(event) => void submit(event)} className="flex flex-col gap-5">
      <h2 className="text-16">{t('how')}</h2>
      <div className="grid gap-3 phone:grid-cols-2">
        <TextField
          label={t('name')}
          hint={t('nameHint')}
          error={errors.name?.message}
          mono
          {...form.register('name')}
        />
        <TextField
          label={t('user')}
          hint={t('userHint')}
          error={errors.user?.message}
          mono
          {...form.register('user')}
        />
      </div>
      <RadioCards<Kind>
        label={t('signIn')}
        name="kind"
        value={kind}
        onChange={(next) => form.setValue('kind', next)}
        options={kinds.map((value) => ({ value, label: t(`ways.${value}`), hint: t(`wayHints.${value}`) }))}
      />
      {kind === 'generated-key' && <KeyToInstall user={user} made={key} />}
      {kind === 'password' && (
        <TextField
          label={t('password')}
          hint={t('passwordHint')}
          error={errors.password?.message}
          type="password"
          {...form.register('password')}
        />
      )}
      {kind === 'stored-key' && (
        <>
          <TextAreaField
            label={t('privateKey')}
            hint={t('privateKeyHint')}
            error={errors.privateKey?.message}
            mono
            rows={7}
            placeholder="-----BEGIN OPENSSH PRIVATE KEY-----"
            {...form.register('privateKey')}
          />
          <TextField label={t('passphrase')} type="password" {...form.register('passphrase')} />
        </>
      )}
      {kind === 'agent' && <p className="text-ink-2">{t('agentText')}</p>}
      <TextField label={t('tags')} hint={t('tagsHint')} error={errors.tags?.message} {...form.register('tags')} />
      {add.error !== null && <ProblemNotice error={add.error} />}
      <div>
        <Button
          type="submit"
          variant="primary"
          pending={add.isPending}
          disabledReason={needsKey ? t('makeKeyFirst') : null}
        >
          {t('addThis')}
        </Button>
      </div>
    </form>
  )
}

function signInOf({ kind, password, privateKey, passphrase }: Form, keyId: string): SignIn {
  switch (kind) {
    case 'generated-key':
      return { kind, keyId }
    case 'password':
      return { kind, password }
    case 'stored-key':
      return { kind, privateKey, passphrase: passphrase === '' ? null : passphrase }
    case 'agent':
      return { kind }
  }
}

function KeyToInstall({ user, made }: { user: string; made: ReturnType<typeof useMakeKey> }) {
  const t = useTranslations('hosts')
  if (made.data === undefined)
    return (
      <div className="flex flex-col items-start gap-2">
        {made.error !== null && <ProblemNotice error={made.error} />}
        <Button pending={made.isPending} onClick={() => made.mutate()}>
          {t('makeKey')}
        </Button>
      </div>
    )
  return (
    <div className="flex flex-col gap-2">
      <p className="text-ink-2">{t('installKey', { user })}</p>
      <Code text={made.data.installCommand} label={t('installCommand')} />
    </div>
  )
}
