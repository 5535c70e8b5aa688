'use client'
import { useEffect, useState } from 'react'

/** Shorter, and each letter would be planned on the hosts; longer, and the answer seems to be late. */
const settleMs = 300

/** The value once it has stopped changing. */
export function useSettled<T>(value: T): T {
  const key = JSON.stringify(value)
  const [settled, setSettled] = useState({ key, value })
  useEffect(() => {
    const timer = setTimeout(() => setSettled({ key, value: JSON.parse(key) as T }), settleMs)
    return () => clearTimeout(timer)
  }, [key])
  return settled.value
}
