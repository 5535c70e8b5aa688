import type { EditVm } from '../contract/vm-edit.ts'
import type { VmDetail } from '../contract/vms.ts'

const bootClasses = ['hd', 'cdrom', 'network'] as const
type BootClass = (typeof bootClasses)[number] | 'fd'
export type BootChoice = NonNullable<EditVm['bootOrder']>[number]

export interface BootRow {
  key: string
  device: { kind: 'disk' | 'nic'; device: string } | { kind: 'class'; class: BootClass }
  /** It is booted from. */
  on: boolean
}

const keyOf = (device: BootRow['device']): string =>
  device.kind === 'class' ? device.class : `${device.kind} ${device.device}`

/**
 * What it boots from in order, then what it could boot from. A definition names either classes of devices or single
 * ones, never both; one that names none gets single ones.
 */
export function bootRows({ bootOrder, defined }: Pick<VmDetail, 'bootOrder' | 'defined'>): BootRow[] {
  const byClass = bootOrder.some(({ kind }) => kind === 'class')
  const all: BootRow['device'][] = byClass
    ? bootClasses.map((one) => ({ kind: 'class', class: one }))
    : [
        ...defined.disks.map(({ target }) => ({ kind: 'disk', device: target }) as const),
        ...defined.nics.map(({ mac }) => ({ kind: 'nic', device: mac }) as const),
      ]
  const chosen = bootOrder.flatMap((device): BootRow['device'][] => {
    if (device.kind !== 'class') return byClass ? [] : [device]
    const known = [...bootClasses, 'fd' as const].find((one) => one === device.class)
    return known === undefined ? [] : [{ kind: 'class', class: known }]
  })
  const keys = new Set(chosen.map(keyOf))
  return [
    ...chosen.map((device) => ({ key: keyOf(device), device, on: true })),
    ...all.filter((device) => !keys.has(keyOf(device))).map((device) => ({ key: keyOf(device), device, on: false })),
  ]
}

/** One place up or down; at the end it stays. */
export function moved(rows: readonly BootRow[], key: string, way: 'up' | 'down'): BootRow[] {
  const from = rows.findIndex((row) => row.key === key)
  const to = from + (way === 'up' ? -1 : 1)
  const [row, other] = [rows[from], rows[to]]
  return row === undefined || other === undefined ? [...rows] : rows.with(from, other).with(to, row)
}

export const bootChoice = (rows: readonly BootRow[]): BootChoice[] =>
  rows.filter(({ on }) => on).map(({ device }) => device)
