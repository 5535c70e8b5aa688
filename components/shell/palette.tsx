'use client'
import { Autocomplete } from '@base-ui/react/autocomplete'
import { Dialog } from '@base-ui/react/dialog'
import { useQuery } from '@tanstack/react-query'
import { useTranslations } from 'next-intl'
import { useRouter } from 'next/navigation'
import { useHosts } from '@/lib/wire/queries.ts'
import { vmQueries } from '@/lib/wire/vms.ts'
import { useOffered } from './actions.tsx'
import { places } from './navigation.tsx'
import { useTheme } from './preferences.tsx'

interface Entry {
  value: string
  label: string
  aside: string
  run: () => void
}
interface Group {
  value: string
  items: Entry[]
}

/** Jump to a page, a host, a VM, or do what the page offers. */
export function Palette({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  const t = useTranslations('shell')
  return (
    <Dialog.Root open={open} onOpenChange={onOpenChange}>
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 z-40 bg-backdrop transition-opacity duration-[120ms] data-ending-style:opacity-0 data-starting-style:opacity-0" />
        <Dialog.Popup
          aria-label={t('palette')}
          className="fixed top-[12vh] left-1/2 z-50 flex max-h-[70dvh] w-140 max-w-[calc(100vw-2rem)] -translate-x-1/2 flex-col overflow-hidden rounded-base border border-line-strong bg-raised shadow-overlay transition-opacity duration-[120ms] data-ending-style:opacity-0 data-starting-style:opacity-0"
        >
          {open && <Entries onDone={() => onOpenChange(false)} />}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

function Entries({ onDone }: { onDone: () => void }) {
  const t = useTranslations('shell')
  const groups = useEntries(onDone)
  return (
    <Autocomplete.Root open inline items={groups} autoHighlight="always" keepHighlight>
      <Autocomplete.Input
        aria-label={t('paletteHint')}
        placeholder={t('paletteHint')}
        className="h-11 w-full shrink-0 border-b border-line bg-transparent px-4 outline-none placeholder:text-ink-3"
      />
      <Autocomplete.Empty>
        <div className="px-4 py-6 text-ink-2 empty:hidden">{t('paletteEmpty')}</div>
      </Autocomplete.Empty>
      <Autocomplete.List className="min-h-0 overflow-y-auto pb-1">
        {(group: Group) => (
          <Autocomplete.Group key={group.value} items={group.items}>
            <Autocomplete.GroupLabel className="column-head px-4 pt-2 pb-1">{group.value}</Autocomplete.GroupLabel>
            <Autocomplete.Collection>
              {(entry: Entry) => (
                <Autocomplete.Item
                  key={entry.value}
                  value={entry}
                  onClick={entry.run}
                  className="mx-1 flex h-8 cursor-pointer items-center gap-3 rounded-[4px] px-3 outline-none data-highlighted:bg-hover"
                >
                  <span className="min-w-0 flex-1 truncate">{entry.label}</span>
                  <span className="figures truncate text-ink-3">{entry.aside}</span>
                </Autocomplete.Item>
              )}
            </Autocomplete.Collection>
          </Autocomplete.Group>
        )}
      </Autocomplete.List>
    </Autocomplete.Root>
  )
}

function useEntries(onDone: () => void): Group[] {
  const t = useTranslations('shell')
  const router = useRouter()
  const offered = useOffered()
  const [theme, chooseTheme] = useTheme()
  const hosts = useHosts().data ?? []
  const vms =
    useQuery({ ...vmQueries.list(null), staleTime: 60_000, retry: 0, refetchInterval: false }).data?.items ?? []
  const go = (href: string) => () => {
    onDone()
    router.push(href)
  }
  const otherTheme = theme === 'light' ? 'dark' : 'light'
  const groups: Group[] = [
    {
      value: t('groups.actions'),
      items: [
        ...offered
          .filter(({ disabledReason }) => typeof disabledReason !== 'string')
          .map(({ label, key, run }) => ({
            value: `action ${label}`,
            label,
            aside: key ?? '',
            run: () => {
              onDone()
              run()
            },
          })),
        {
          value: 'theme',
          label: t(`useTheme.${otherTheme}`),
          aside: '',
          run: () => {
            onDone()
            chooseTheme(otherTheme)
          },
        },
      ],
    },
    {
      value: t('groups.pages'),
      items: places.map(({ href, name, keys }) => ({
        value: `page ${name}`,
        label: t(`places.${name}`),
        aside: keys,
        run: go(href),
      })),
    },
    {
      value: t('groups.hosts'),
      items: hosts.map(({ id, name, address }) => ({
        value: `host ${id}`,
        label: name,
        aside: address,
        run: go(`/hosts/${encodeURIComponent(name)}/live`),
      })),
    },
    {
      value: t('groups.vms'),
      items: vms.slice(0, 2000).map(({ id, name, host }) => ({
        value: `vm ${host.id} ${id}`,
        label: name,
        aside: host.name,
        run: go(`/vms/${encodeURIComponent(`${host.name}:${id}`)}/overview`),
      })),
    },
  ]
  return groups.filter(({ items }) => items.length > 0)
}
