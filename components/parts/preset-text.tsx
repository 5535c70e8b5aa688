'use client'
import { useTranslations } from 'next-intl'
import type { PresetSpec } from '@/lib/contract/vm-create.ts'
import { sizeText } from '@/lib/vm/size-text.ts'

/** `2 vCPU · 4 GiB · 20 GiB from debian-12.qcow2` */
export function PresetText({ spec }: { spec: PresetSpec }) {
  const t = useTranslations('vm-create')
  const disks = (spec.disks ?? []).map((disk) => {
    if (disk.from === 'iso') return disk.volume ?? t('emptyDrive')
    const size = disk.from === 'volume' || disk.sizeBytes === null ? '' : sizeText(disk.sizeBytes)
    const source =
      disk.from === 'image'
        ? disk.image
        : disk.from === 'volume'
          ? disk.volume
          : disk.from === 'import'
            ? disk.path
            : ''
    return source === '' ? size : size === '' ? source : t('sizeFrom', { size, source })
  })
  return [
    ...(spec.vcpus === undefined ? [] : [`${spec.vcpus} vCPU`]),
    ...(spec.memoryBytes === undefined ? [] : [sizeText(spec.memoryBytes)]),
    ...disks,
  ].join(' · ')
}
