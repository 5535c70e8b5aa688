import { linesOf, sectionOf, type Answer } from './answer.ts'

/** A systemd unit as `systemctl show` gives it. */
export interface Unit {
  /** `loaded`, `not-found`, `masked`, … */
  load: string
  /** `active`, `inactive`, `failed`, … */
  active: string
  /** `enabled`, `disabled`, `static`, `masked`, `''` … */
  file: string
}

const absent: Unit = { load: 'not-found', active: 'inactive', file: '' }

/** Units by name; one that the host did not speak of reads as not found. */
export function parseServices(answer: Answer, section = 'services'): (name: string) => Unit {
  const units = new Map<string, Unit>()
  let fields = new Map<string, string>()
  const keep = () => {
    const id = fields.get('Id')
    if (id !== undefined && !units.has(id))
      units.set(id, {
        load: fields.get('LoadState') ?? 'not-found',
        active: fields.get('ActiveState') ?? 'inactive',
        file: fields.get('UnitFileState') ?? '',
      })
    fields = new Map()
  }
  for (const line of linesOf(sectionOf(answer, section))) {
    const found = /^([A-Za-z]{1,40})=([\w@.:-]{0,100})$/.exec(line)
    if (found === null) continue
    const [, key = '', value = ''] = found
    if (fields.has(key)) keep()
    fields.set(key, value)
  }
  keep()
  return (name) => units.get(name) ?? absent
}
