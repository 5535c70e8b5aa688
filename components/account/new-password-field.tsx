'use client'
import { useTranslations } from 'next-intl'
import { type ComponentProps, useState } from 'react'
import { Checkbox, TextField } from '@/components/ui/field.tsx'

/** A password nobody has typed before: its rule, and a way to see what was typed instead of typing it twice. */
export function NewPasswordField(props: Omit<ComponentProps<typeof TextField>, 'type' | 'hint' | 'autoComplete'>) {
  const t = useTranslations('account')
  const [isShown, setIsShown] = useState(false)
  return (
    <div className="flex flex-col gap-1.5">
      <TextField
        {...props}
        type={isShown ? 'text' : 'password'}
        autoComplete="new-password"
        autoCapitalize="none"
        hint={t('passwordHint')}
      />
      <Checkbox label={t('showPassword')} checked={isShown} onChange={(event) => setIsShown(event.target.checked)} />
    </div>
  )
}
