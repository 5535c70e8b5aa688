import { expect, test } from 'vitest'
import { columnsToCsv } from './export-rows.ts'

test('quotes what needs it, and disarms formulas that a host put into a name', () => {
  const rows = [
    [['name', 'br0'] as const, ['pps', 12.5] as const, ['vm', null] as const],
    [['name', '=HYPERLINK("http://x")'] as const, ['pps', -1] as const, ['vm', 'a,"b"\n'] as const],
  ]
  expect(columnsToCsv(['name', 'pps', 'vm'], rows)).toBe(
    'name,pps,vm\r\nbr0,12.5,\r\n"\'=HYPERLINK(""http://x"")",-1,"a,""b""\n"\r\n',
  )
})
