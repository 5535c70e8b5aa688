'use client'
import { useTranslations } from 'next-intl'
import { RadioCards } from '@/components/ui/field.tsx'
import { type Role, roles } from '@/lib/access/can.ts'

/** A role with what it may do. */
export function RoleCards({ name, value, onChange }: { name: string; value: Role; onChange: (role: Role) => void }) {
  const t = useTranslations('settings')
  return (
    <RadioCards
      stacked
      label={t('role')}
      name={name}
      value={value}
      onChange={onChange}
      options={roles.map((role) => ({ value: role, label: t(`roles.${role}`), hint: t(`roleHints.${role}`) }))}
    />
  )
}
