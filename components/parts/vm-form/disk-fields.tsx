'use client'
import { useTranslations } from 'next-intl'
import { Button } from '@/components/ui/button.tsx'
import { Menu } from '@/components/ui/menu.tsx'
import { memoryText } from '@/lib/kit/units.ts'
import { blankDisk, type DiskForm } from '@/lib/vm/create-form-disk.ts'
import { withValue } from '@/lib/vm/form-path.ts'
import { type Option, Select, Text, useVmForm } from './vm-form-context.tsx'
import { Check } from './vm-form-context.tsx'
import { Fields, Fold, Part, Section } from './section.tsx'
import { SelectField } from '@/components/ui/field.tsx'

const sources = ['new', 'image', 'volume', 'import', 'iso'] as const

export function DiskFields() {
  const t = useTranslations('vm-create')
  const { form, change, errorOf } = useVmForm()
  const general = errorOf('disks')
  return (
    <Section id="disks" title={t('sections.disks')}>
      {form.disks.map((disk, index) => (
        // oxlint-disable-next-line react/no-array-index-key -- a disk is told by its place, as in the API
        <Disk key={index} disk={disk} index={index} />
      ))}
      {general !== undefined && (
        <p role="alert" className="text-12 text-bad">
          {general}
        </p>
      )}
      <span>
        <Menu
          align="start"
          trigger={<Button>{t('addDisk')}</Button>}
          groups={[
            sources.map((from) => ({
              label: t(`diskSources.${from}`),
              onSelect: () => change((held) => ({ ...held, disks: [...held.disks, blankDisk(from)] })),
            })),
          ]}
        />
      </span>
    </Section>
  )
}

function Disk({ disk, index }: { disk: DiskForm; index: number }) {
  const t = useTranslations('vm-create')
  const { change } = useVmForm()
  const path = `disks.${index}` as const
  const isMade = disk.from === 'new' || disk.from === 'image' || disk.from === 'import'
  return (
    <Part
      title={t('diskTitle', { number: index + 1, source: t(`diskSources.${disk.from}`) })}
      action={
        <Button
          variant="quiet"
          aria-label={t('removeDisk', { number: index + 1 })}
          onClick={() => change((held) => ({ ...held, disks: held.disks.filter((_, place) => place !== index) }))}
        >
          {t('remove')}
        </Button>
      }
    >
      <Fields>
        <Source disk={disk} index={index} />
        {isMade && (
          <Text
            path={`${path}.size`}
            label={t('size')}
            hint={disk.from === 'new' ? t('sizeHint') : t('sizeOfImage')}
            placeholder={disk.from === 'new' ? undefined : t('asLarge')}
          />
        )}
        {disk.from === 'image' && (
          <Select
            path={`${path}.mode`}
            label={t('imageMode')}
            hint={t(`imageModeHints.${disk.mode}`)}
            options={(['linked', 'copy'] as const).map((value) => ({ value, label: t(`imageModes.${value}`) }))}
          />
        )}
        {isMade && <PoolSelect index={index} />}
      </Fields>
      {disk.from === 'iso' ? null : <More disk={disk} index={index} isMade={isMade} />}
    </Part>
  )
}

function PoolSelect({ index }: { index: number }) {
  const t = useTranslations('vm-create')
  const { choices } = useVmForm()
  const pools = (choices?.pools ?? []).filter(({ active }) => active)
  return (
    <Select
      path={`disks.${index}.pool`}
      label={t('pool')}
      options={[
        { value: '', label: t('mostSpace') },
        ...pools.map(({ name, availableBytes }) => ({
          value: name,
          label: availableBytes === null ? name : t('poolFree', { pool: name, free: memoryText(availableBytes) }),
        })),
      ]}
    />
  )
}

/** What it is made from or is: a volume out of those the host has, or a path. */
function Source({ disk, index }: { disk: DiskForm; index: number }) {
  const t = useTranslations('vm-create')
  const { choices, change, errorOf } = useVmForm()
  const path = `disks.${index}` as const
  const images = choices?.images ?? []
  if (disk.from === 'new') return null
  if (disk.from === 'import')
    return (
      <>
        <Text path={`${path}.path`} label={t('importPath')} hint={t('importPathHint')} />
        <Select
          path={`${path}.sourceFormat`}
          label={t('sourceFormat')}
          options={[
            { value: '', label: t('formatByItself') },
            ...['qcow2', 'raw', 'vmdk', 'vdi', 'vhdx', 'vpc'].map((value) => ({ value, label: value })),
          ]}
        />
      </>
    )
  const [poolField, volumeField] =
    disk.from === 'image' ? (['imagePool', 'image'] as const) : (['pool', 'volume'] as const)
  const kind = disk.from === 'iso' ? 'iso' : 'disk'
  const held = JSON.stringify([disk[poolField], disk[volumeField]])
  const known: Option[] = images
    .filter((image) => image.kind === kind)
    .map(({ pool, volume, capacityBytes, usedBy }) => ({
      value: JSON.stringify([pool, volume]),
      label: [
        `${pool}/${volume}`,
        memoryText(capacityBytes),
        ...(disk.from === 'volume' && usedBy.length > 0 ? [t('usedBy', { vms: usedBy.join(', ') })] : []),
      ].join(' · '),
    }))
  const none = { value: JSON.stringify(['', '']), label: t(disk.from === 'iso' ? 'emptyDrive' : 'choose') }
  const own =
    disk[volumeField] === '' || known.some(({ value }) => value === held)
      ? []
      : [
          {
            value: held,
            label:
              disk[poolField] === ''
                ? t('inAnyPool', { image: disk[volumeField] })
                : `${disk[poolField]}/${disk[volumeField]}`,
          },
        ]
  return (
    <SelectField
      label={t(disk.from === 'iso' ? 'iso' : disk.from === 'image' ? 'image' : 'volume')}
      value={held}
      options={[none, ...own, ...known]}
      error={errorOf(`${path}.${volumeField}`) ?? errorOf(`${path}.${poolField}`)}
      onChange={({ target }) => {
        const [pool = '', volume = ''] = JSON.parse(target.value) as string[]
        change((form) => withValue(withValue(form, `${path}.${poolField}`, pool), `${path}.${volumeField}`, volume))
      }}
    />
  )
}

function More({ disk, index, isMade }: { disk: DiskForm; index: number; isMade: boolean }) {
  const t = useTranslations('vm-create')
  const path = `disks.${index}` as const
  const plain = (values: readonly string[]) => values.map((value) => ({ value, label: value }))
  const limits = ['readBytesPerSecond', 'writeBytesPerSecond', 'readIops', 'writeIops'] as const
  return (
    <Fold
      label={t('moreDisk')}
      paths={[
        ...['bus', 'cache', 'io', 'discard', 'ioThread', 'format', 'limits'].map((field) => `${path}.${field}`),
        ...(isMade ? [`${path}.volume`] : []),
        ...limits.map((field) => `${path}.limits.${field}`),
      ]}
    >
      <Fields>
        <Select path={`${path}.bus`} label={t('bus')} options={plain(['virtio', 'scsi', 'sata'])} />
        {isMade && (disk.from !== 'image' || disk.mode === 'copy') && (
          <Select path={`${path}.format`} label={t('format')} options={plain(['qcow2', 'raw'])} />
        )}
        <Select
          path={`${path}.cache`}
          label={t('cache')}
          options={[
            { value: '', label: t('default') },
            ...plain(['none', 'writethrough', 'writeback', 'directsync', 'unsafe']),
          ]}
        />
        <Select
          path={`${path}.io`}
          label={t('io')}
          options={[{ value: '', label: t('default') }, ...plain(['native', 'threads', 'io_uring'])]}
        />
        <Select
          path={`${path}.discard`}
          label={t('discard')}
          options={[{ value: '', label: t('default') }, ...plain(['unmap', 'ignore'])]}
        />
        {isMade && <Text path={`${path}.volume`} label={t('volumeName')} placeholder={t('afterVm')} />}
      </Fields>
      <Check path={`${path}.ioThread`} label={t('ioThread')} />
      <Fields>
        {limits.map((field) => (
          <Text
            key={field}
            path={`${path}.limits.${field}`}
            label={t(`limits.${field}`)}
            hint={field.endsWith('Second') ? t('rateSizeHint') : undefined}
          />
        ))}
      </Fields>
    </Fold>
  )
}
