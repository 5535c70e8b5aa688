'use client'
import { useTranslations } from 'next-intl'
import { Dialog } from '@/components/ui/dialog.tsx'
import { Kbd } from '@/components/ui/empty.tsx'
import { useOffered } from './actions.tsx'
import { places } from './navigation.tsx'

export function KeyboardHelp({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  const t = useTranslations('shell')
  const offered = useOffered().filter(({ key }) => key !== undefined)
  const rows: [string[], string][] = [
    [['Ctrl', 'K'], t('keys.palette')],
    ...places.map(({ name, keys }): [string[], string] => [keys.split(' '), t(`places.${name}`)]),
    ...offered.map(({ key = '', label }): [string[], string] => [[key], label]),
    [['j'], t('keys.down')],
    [['k'], t('keys.up')],
    [['↵'], t('keys.open')],
    [['/'], t('keys.filter')],
    [['?'], t('keys.help')],
  ]
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={t('help')}>
      <dl className="grid grid-cols-[auto_1fr] gap-x-6 gap-y-2">
        {rows.map(([keys, meaning]) => (
          <div key={meaning} className="col-span-2 grid grid-cols-subgrid">
            <dt className="flex gap-1">
              {keys.map((key) => (
                <Kbd key={key}>{key}</Kbd>
              ))}
            </dt>
            <dd className="text-ink-2">{meaning}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  )
}
