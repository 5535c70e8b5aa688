'use client'
// TanStack Table keeps its rows in a mutable object; memoised reads of it would stay as they were.
'use no memo'
import {
  columnFilteringFeature,
  createFilteredRowModel,
  createSortedRowModel,
  filterFn_includesString,
  globalFilteringFeature,
  rowSortingFeature,
  sortFn_alphanumeric,
  sortFn_basic,
  tableFeatures,
  useTable,
} from '@tanstack/react-table'
import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { useTranslations } from 'next-intl'
import { parseAsString, useQueryState } from 'nuqs'
import { type ReactNode, useCallback, useEffect, useRef, useState } from 'react'
import { Button } from '@/components/ui/button.tsx'
import { Menu } from '@/components/ui/menu.tsx'
import { columnsToCsv, save } from './export-rows.ts'

export interface Column<Row> {
  id: string
  label: string
  /** What it is sorted, filtered and exported by. */
  value: (row: Row) => string | number | null
  /** What is shown; without it the value. */
  cell?: (row: Row) => ReactNode
  align?: 'left' | 'right'
  /** Less important columns leave first. */
  from?: 'phone' | 'md' | 'lg' | 'xl' | '2xl'
  /** Larger first at the first click. */
  descendsFirst?: boolean
  sortable?: boolean
  /** It holds controls and no figure: never sorted, exported, or the heading of its row. */
  bare?: boolean
  /** It stays at the right edge while a table wider than the page is scrolled. */
  pinned?: boolean
  /** Instead of the label, which then is only what it is called. @param found the rows that fit what is searched for */
  head?: (found: readonly Row[]) => ReactNode
}

interface Props<Row> {
  /** Its name for screen readers, and of exported files. */
  label: string
  columns: readonly Column<Row>[]
  rows: readonly Row[]
  rowKey: (row: Row) => string
  /** `column` or `-column`. */
  defaultSort: string
  /** Begins the names in the address, when a page has several tables. */
  prefix?: string
  /** Further controls, beside the filter. */
  tools?: ReactNode
  rowHeight?: 36 | 44
  selected?: string | null
  /** Instead of the table while there are no rows at all. */
  empty?: ReactNode
}

const features = tableFeatures({
  rowSortingFeature,
  columnFilteringFeature,
  globalFilteringFeature,
  sortedRowModel: createSortedRowModel(),
  filteredRowModel: createFilteredRowModel(),
  sortFns: { alphanumeric: sortFn_alphanumeric, basic: sortFn_basic },
  filterFns: { includesString: filterFn_includesString },
})

const from = {
  phone: 'max-phone:hidden',
  md: 'max-md:hidden',
  lg: 'max-lg:hidden',
  xl: 'max-xl:hidden',
  '2xl': 'max-2xl:hidden',
}
// The row's own ground, so that what passes beneath is not seen through.
const pin = ({ pinned }: { pinned?: boolean }): string => (pinned === true ? 'sticky right-0 bg-inherit' : '')
// Below the page's own head. A box that scrolls sideways would hold it fast, so only in a table that need not.
const standing = 'sticky top-12 z-10 bg-canvas shadow-[inset_0_-1px_0_var(--line-strong)]'
/** So many rows are drawn whole; of more, only what is in view. */
const wholeLimit = 120
/** Rows that change places each second cannot be read; so long an order holds. */
const orderHoldMs = 4000

/** Sorted, filtered, exported; the address keeps how. Live figures may change every second. */
export function DataTable<Row extends object>(props: Props<Row>) {
  const {
    label,
    columns,
    rows,
    rowKey,
    defaultSort,
    prefix = '',
    tools,
    rowHeight = 36,
    selected = null,
    empty,
  } = props
  const t = useTranslations('ui')
  const [sort, setSort] = useQueryState(`${prefix}sort`, parseAsString.withDefault(defaultSort))
  const [filter, setFilter] = useQueryState(
    `${prefix}filter`,
    parseAsString.withDefault('').withOptions({ throttleMs: 300 }),
  )
  const descends = sort.startsWith('-')
  const sortId = descends ? sort.slice(1) : sort
  const table = useTable({
    features,
    data: rows,
    columns: columns.map((column) => ({
      id: column.id,
      accessorFn: (row: Row) => column.value(row) ?? undefined,
      sortUndefined: 'last' as const,
      sortFn:
        typeof rows.map(column.value).find((value) => value !== null) === 'number'
          ? ('basic' as const)
          : ('alphanumeric' as const),
    })),
    getRowId: rowKey,
    globalFilterFn: 'includesString' as const,
    getColumnCanGlobalFilter: () => true,
    state: {
      sorting: columns.some(({ id }) => id === sortId) ? [{ id: sortId, desc: descends }] : [],
      globalFilter: filter,
    },
  })
  const found = table.getRowModel().rows.map(({ id, original }) => ({ id, row: original }))
  const ordered = useHeldOrder(found, `${sort} ${filter} ${found.length}`)
  const [isWider, setWider] = useState(true)
  // Whether the table asks for more width than there is.
  const frame = useCallback((box: HTMLDivElement) => {
    const inner = box.firstElementChild ?? box
    const watch = new ResizeObserver(() => setWider(inner.scrollWidth > box.clientWidth))
    watch.observe(box)
    watch.observe(inner)
    return () => watch.disconnect()
  }, [])
  const body = useRef<HTMLTableSectionElement>(null)
  const isWhole = ordered.length <= wholeLimit
  const virtual = useWindowVirtualizer({
    count: isWhole ? 0 : ordered.length,
    estimateSize: () => rowHeight,
    overscan: 12,
    scrollMargin: body.current?.offsetTop ?? 0,
  })
  const items = isWhole ? null : virtual.getVirtualItems()
  const shown = items === null ? ordered : items.flatMap(({ index }) => ordered[index] ?? [])
  const above = items === null ? 0 : (items[0]?.start ?? 0) - virtual.options.scrollMargin
  const below = items === null ? 0 : virtual.getTotalSize() - (items.at(-1)?.end ?? 0) + virtual.options.scrollMargin

  if (rows.length === 0 && empty !== undefined) return empty
  const nextSort = (column: Column<Row>): string => {
    if (sortId !== column.id) return column.descendsFirst === true ? `-${column.id}` : column.id
    return descends ? column.id : `-${column.id}`
  }
  const figures = columns.filter(({ bare }) => bare !== true)
  const exported = (kind: 'csv' | 'json') => () => {
    const data = ordered.map(({ row }) => figures.map((column) => [column.id, column.value(row)] as const))
    if (kind === 'csv')
      save(
        `${label}.csv`,
        'text/csv',
        columnsToCsv(
          figures.map(({ id }) => id),
          data,
        ),
      )
    else
      save(
        `${label}.json`,
        'application/json',
        JSON.stringify(
          data.map((row) => Object.fromEntries(row)),
          null,
          2,
        ),
      )
  }
  return (
    <div className="flex min-w-0 flex-col gap-2">
      <div className="flex flex-wrap items-center gap-2">
        <input
          data-filter
          type="search"
          value={filter}
          onChange={(event) => void setFilter(event.target.value === '' ? null : event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Escape') event.currentTarget.blur()
          }}
          placeholder={t('filter')}
          title={t('filterHint')}
          aria-label={`${t('filter')}: ${label}`}
          className="h-8 w-48 rounded-base border border-field bg-canvas px-2.5 placeholder:text-ink-3"
        />
        {tools}
        <span className="ml-auto">
          <Menu
            trigger={<Button variant="quiet">{t('export')}</Button>}
            groups={[
              [
                { label: 'CSV', onSelect: exported('csv') },
                { label: 'JSON', onSelect: exported('json') },
              ],
            ]}
          />
        </span>
      </div>
      <div
        ref={frame}
        className={`min-w-0 ${isWider ? 'overflow-x-auto' : ''}`}
        tabIndex={0}
        role="group"
        aria-label={label}
      >
        <table className="w-full border-collapse">
          <caption className="sr-only">{label}</caption>
          <thead>
            <tr className="h-8 border-b border-line-strong bg-canvas">
              {columns.map((column) => (
                <th
                  key={column.id}
                  scope="col"
                  aria-sort={sortId === column.id ? (descends ? 'descending' : 'ascending') : undefined}
                  className={`column-head px-2 whitespace-nowrap first:pl-1 ${isWider ? '' : standing} ${column.align === 'right' ? 'text-right' : 'text-left'} ${column.from === undefined ? '' : from[column.from]} ${pin(column)}`}
                >
                  {column.head !== undefined || column.bare === true || column.sortable === false ? (
                    (column.head?.(found.map(({ row }) => row)) ?? column.label)
                  ) : (
                    <button
                      type="button"
                      className="rounded-[4px] uppercase hover:text-ink"
                      onClick={() => void setSort(nextSort(column))}
                    >
                      {column.label}
                      <span aria-hidden="true" className="inline-block w-3 text-center">
                        {sortId === column.id ? (descends ? '↓' : '↑') : ''}
                      </span>
                    </button>
                  )}
                </th>
              ))}
            </tr>
          </thead>
          <tbody ref={body}>
            {above > 0 && <tr style={{ height: above }} />}
            {shown.map(({ id, row }) => (
              <tr
                key={id}
                data-row
                aria-selected={selected === id || undefined}
                style={{ height: rowHeight }}
                className="border-b border-line bg-canvas transition-colors duration-[120ms] focus-within:bg-hover hover:bg-hover aria-selected:bg-hover"
              >
                {columns.map((column) => {
                  const isHeading = column === figures[0]
                  const Cell = isHeading ? 'th' : 'td'
                  return (
                    <Cell
                      key={column.id}
                      scope={isHeading ? 'row' : undefined}
                      className={`px-2 font-normal whitespace-nowrap first:pl-1 ${column.align === 'right' ? 'text-right' : 'text-left'} ${column.from === undefined ? '' : from[column.from]} ${pin(column)}`}
                    >
                      {column.cell === undefined ? (column.value(row) ?? '—') : column.cell(row)}
                    </Cell>
                  )
                })}
              </tr>
            ))}
            {below > 0 && <tr style={{ height: below }} />}
          </tbody>
        </table>
      </div>
      {ordered.length === 0 && filter !== '' && (
        <p className="flex items-center gap-3 px-1 py-4 text-ink-2">
          {t('noMatch', { filter })}
          <Button onClick={() => void setFilter(null)}>{t('clearFilter')}</Button>
        </p>
      )}
    </div>
  )
}

/** The same rows in the order they had some seconds ago, unless the reader asked for another. */
function useHeldOrder<T extends { id: string }>(rows: readonly T[], asked: string): readonly T[] {
  const [turn, setTurn] = useState(0)
  useEffect(() => {
    const timer = setInterval(() => setTurn((last) => last + 1), orderHoldMs)
    return () => clearInterval(timer)
  }, [])
  const wanted = `${asked} ${turn}`
  const [held, setHeld] = useState({ wanted: '', ids: [] as string[] })
  if (held.wanted !== wanted) {
    setHeld({ wanted, ids: rows.map(({ id }) => id) })
    return rows
  }
  const place = new Map(held.ids.map((id, index) => [id, index]))
  return rows.toSorted((a, b) => (place.get(a.id) ?? rows.length) - (place.get(b.id) ?? rows.length))
}
