'use client'
import 'uplot/dist/uPlot.min.css'
import { useLocale } from 'next-intl'
import { useEffect, useRef } from 'react'
import UPlot from 'uplot'
import { rateText, type RateUnit } from '@/lib/kit/units.ts'

interface Series {
  /** ms since 1970, ascending */
  at: readonly number[]
  rx: readonly (number | null)[]
  tx: readonly (number | null)[]
}

const height = 240

/** The large chart, drawn by uPlot on a canvas; grows by `newest` without being drawn anew by React. */
export default function Plot({
  series,
  newest,
  seconds,
  unit,
}: {
  series: Series
  newest: { at: number; rx: number | null; tx: number | null } | null
  seconds: number
  unit: RateUnit
}) {
  const locale = useLocale()
  const box = useRef<HTMLDivElement>(null)
  const plot = useRef<UPlot | null>(null)
  const data = useRef<[number[], (number | null)[], (number | null)[]]>([[], [], []])
  const first = useRef(series)

  useEffect(() => {
    const { at, rx, tx } = first.current
    data.current = [at.map((ms) => ms / 1000), [...rx], [...tx]]
    const target = box.current
    if (target === null) return
    const make = () => {
      plot.current?.destroy()
      plot.current = new UPlot(options(target, unit, locale), data.current, target)
    }
    make()
    const resized = new ResizeObserver(() => plot.current?.setSize({ width: target.clientWidth, height }))
    resized.observe(target)
    // The canvas does not know of the theme: it is painted anew.
    const theme = new MutationObserver(make)
    theme.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] })
    return () => {
      resized.disconnect()
      theme.disconnect()
      plot.current?.destroy()
      plot.current = null
    }
  }, [unit, locale])

  useEffect(() => {
    if (newest === null) return
    const [at, rx, tx] = data.current
    const seen = newest.at / 1000
    const last = at.at(-1)
    if (last !== undefined && seen <= last) return
    // What was not sampled is a gap, not a slope.
    if (last !== undefined && seen - last > 2.5) {
      at.push(last + 1)
      rx.push(null)
      tx.push(null)
    }
    at.push(seen)
    rx.push(newest.rx)
    tx.push(newest.tx)
    const from = at.findIndex((moment) => moment >= seen - seconds)
    data.current = [at.slice(from), rx.slice(from), tx.slice(from)]
    plot.current?.setData(data.current)
  }, [newest, seconds])

  return <div ref={box} className="h-60 min-w-0" aria-hidden="true" />
}

function options(target: HTMLElement, unit: RateUnit, locale: string): UPlot.Options {
  const style = getComputedStyle(document.documentElement)
  const color = (name: string) => {
    // Canvas does not understand light-dark(): let the browser resolve it.
    const probe = document.createElement('span')
    probe.style.color = `var(${name})`
    target.append(probe)
    const resolved = getComputedStyle(probe).color
    probe.remove()
    return resolved
  }
  const ink = color('--ink-3')
  const line = color('--line')
  const font = `11px ${style.getPropertyValue('--font-mono') || 'monospace'}`
  const clock = new Intl.DateTimeFormat(locale, { timeStyle: 'medium', hourCycle: 'h23' })
  return {
    width: target.clientWidth,
    height,
    legend: { show: false },
    cursor: { points: { size: 6 }, drag: { x: false, y: false } },
    scales: { y: { range: (_plot, _min, max) => [0, max > 0 ? max * 1.08 : 1] } },
    axes: [
      {
        stroke: ink,
        font,
        grid: { stroke: line, width: 1 },
        ticks: { show: false },
        values: (_plot, moments) => moments.map((moment) => clock.format(moment * 1000)),
        space: 90,
        size: 28,
      },
      {
        stroke: ink,
        font,
        size: 92,
        grid: { stroke: line, width: 1 },
        ticks: { show: false },
        values: (_plot, values) => values.map((value) => rateText(value, unit)),
      },
    ],
    series: [
      {},
      { label: 'rx', stroke: color('--accent'), width: 1.5, spanGaps: false, points: { show: false } },
      { label: 'tx', stroke: color('--warn'), width: 1.5, spanGaps: false, points: { show: false } },
    ],
  }
}
