import { Problem } from '../../kit/problem.ts'
import { getHostByName } from '../../store/hosts.ts'

export const nameTaken = (name: string): Problem =>
  new Problem({
    code: 'name-taken',
    kind: 'conflict',
    title: `There is a host named ${name} already. Choose another name.`,
    fields: [{ field: 'name', message: 'Another host has this name.' }],
  })

/** Asked early, before anything is done on the host; the row decides in the end. */
export async function requireFreeName(name: string): Promise<void> {
  if ((await getHostByName(name)) !== null) throw nameTaken(name)
}
