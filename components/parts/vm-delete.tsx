'use client'
import { useTranslations } from 'next-intl'
import { usePathname, useRouter } from 'next/navigation'
import { useId, useState } from 'react'
import { Button } from '@/components/ui/button.tsx'
import { Dialog } from '@/components/ui/dialog.tsx'
import { Checkbox, TextField } from '@/components/ui/field.tsx'
import { Notice } from '@/components/ui/notice.tsx'
import { useToast } from '@/components/ui/toast.tsx'
import type { RemovedVm } from '@/lib/contract/vm-create.ts'
import type { Vm } from '@/lib/contract/vms.ts'
import { useMe } from '@/lib/wire/queries.ts'
import { useRemoveVm } from '@/lib/wire/vm-create.ts'
import { useVms } from '@/lib/wire/vms.ts'
import { ProblemNotice } from './problem-notice.tsx'

interface Props {
  vm: Vm
  open: boolean
  onClose: () => void
}

/** Deletes a VM; of its disks, those that are ticked. Its name is typed: nothing brings it back. */
export function VmDelete({ open, ...props }: Props) {
  return open && <Opened {...props} />
}

type Held = Vm['disks'][number] & { source: string }
const isOff = ({ state }: Vm) => state === 'shut-off' || state === 'crashed'

/** Who else of the host has this on a disk, or as the base of one. */
const othersOn = (vms: readonly Vm[], vm: Vm, { source }: Held): string[] =>
  vms
    .filter(
      (other) =>
        other.id !== vm.id &&
        other.host.id === vm.host.id &&
        other.disks.some((disk) => disk.source === source || disk.backing.includes(source)),
    )
    .map(({ name }) => name)

function Opened({ vm, onClose }: Omit<Props, 'open'>) {
  const t = useTranslations('vm-create')
  const ui = useTranslations('ui')
  const formId = useId()
  const router = useRouter()
  const path = usePathname()
  const toast = useToast()
  const refused = useMe().data?.refusals['vm.remove'] ?? null
  const vms = useVms(null).data?.items ?? []
  const remove = useRemoveVm()
  const [typed, setTyped] = useState('')
  const [picked, setPicked] = useState<readonly string[]>([])
  const [force, setForce] = useState(false)
  const [snapshots, setSnapshots] = useState(false)
  const disks = vm.disks.filter((disk): disk is Held => disk.source !== null)
  const reason =
    refused ??
    (!isOff(vm) && !force ? t('tickForce') : null) ??
    (vm.hasSnapshots && !snapshots ? t('tickSnapshots') : null) ??
    (typed.trim() === vm.name ? null : t('typeName', { vm: vm.name }))
  const leave = () => {
    onClose()
    // Its own pages are gone with it.
    if (/^\/vms\/(?!new(\/|$))./.test(path)) router.push('/vms')
  }
  const done = ({ name, deleted, failed }: RemovedVm) => {
    if (failed.length > 0) return
    toast('ok', t('deletedVm', { vm: name }), t('deletedDisks', { count: deleted.length }))
    leave()
  }
  if (remove.data !== undefined && remove.data.failed.length > 0) return <Left removed={remove.data} onClose={leave} />
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={t('deleteTitle', { vm: vm.name })}
      description={t('deleteLead', { host: vm.host.name })}
      footer={
        <>
          <Button onClick={onClose}>{ui('cancel')}</Button>
          <Button type="submit" form={formId} variant="danger" pending={remove.isPending} disabledReason={reason}>
            {picked.length === 0 ? t('deleteKeeping') : t('deleteWith', { count: picked.length })}
          </Button>
        </>
      }
    >
      <form
        id={formId}
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          if (reason !== null) return
          remove.mutate(
            {
              vm: vm.id,
              remove: {
                disks: disks
                  .filter(({ target }) => picked.includes(target))
                  .map(({ target, source }) => ({ target, source })),
                force,
                snapshots,
              },
            },
            { onSuccess: done },
          )
        }}
      >
        <fieldset className="flex flex-col gap-2">
          <legend className="mb-1 font-bold">{t('disksToDelete')}</legend>
          <p className="text-12 text-ink-3">{disks.length === 0 ? t('noDisks') : t('disksStay')}</p>
          {disks.map((disk) => (
            <DiskChoice
              key={disk.target}
              disk={disk}
              others={othersOn(vms, vm, disk)}
              checked={picked.includes(disk.target)}
              onChange={(checked) =>
                setPicked((held) => [...held.filter((one) => one !== disk.target), ...(checked ? [disk.target] : [])])
              }
            />
          ))}
        </fieldset>
        {!isOff(vm) && (
          <Checkbox
            label={t('forceOff')}
            hint={t('forceOffHint')}
            checked={force}
            onChange={({ target }) => setForce(target.checked)}
          />
        )}
        {vm.hasSnapshots && (
          <Checkbox
            label={t('forgetSnapshots')}
            checked={snapshots}
            onChange={({ target }) => setSnapshots(target.checked)}
          />
        )}
        <TextField
          label={t('nameToDelete', { vm: vm.name })}
          mono
          value={typed}
          onChange={({ target }) => setTyped(target.value)}
        />
        {remove.error !== null && <ProblemNotice error={remove.error} />}
      </form>
    </Dialog>
  )
}

/** None is ticked beforehand: what is deleted was named by a person. */
function DiskChoice({
  disk,
  others,
  checked,
  onChange,
}: {
  disk: Held
  others: readonly string[]
  checked: boolean
  onChange: (checked: boolean) => void
}) {
  const t = useTranslations('vm-create')
  const isShared = disk.device === 'cdrom' || disk.readOnly || disk.shareable
  return (
    <label className={`flex min-w-0 items-start gap-2 ${others.length > 0 ? 'cursor-not-allowed' : ''}`}>
      <input
        type="checkbox"
        className="mt-1 accent-accent"
        checked={checked}
        disabled={others.length > 0}
        onChange={({ target }) => onChange(target.checked)}
      />
      <span className="min-w-0">
        <span className="figures wrap-anywhere">
          <span className="text-ink-3">{disk.target}</span> {disk.source}
        </span>
        {others.length > 0 ? (
          <span className="block text-12 text-ink-3">{t('diskUsedBy', { vms: others.join(', ') })}</span>
        ) : (
          isShared && <span className="block text-12 text-ink-3">{t('diskShared')}</span>
        )}
      </span>
    </label>
  )
}

/** The VM is gone, and not all of its disks: where they are, and why. */
function Left({ removed: { name, failed }, onClose }: { removed: RemovedVm; onClose: () => void }) {
  const t = useTranslations('vm-create')
  const ui = useTranslations('ui')
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={t('deletedVm', { vm: name })}
      footer={<Button onClick={onClose}>{ui('close')}</Button>}
    >
      <Notice tone="warn" title={t('disksLeft')}>
        <ul className="flex flex-col gap-2">
          {failed.map(({ source, reason }) => (
            <li key={source}>
              <span className="figures block">{source}</span>
              {reason}
            </li>
          ))}
        </ul>
      </Notice>
    </Dialog>
  )
}
