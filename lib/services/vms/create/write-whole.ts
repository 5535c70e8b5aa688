import { writeAt } from '../../../host/image-files.ts'
import { Problem } from '../../../kit/problem.ts'
import type { Session } from '../../../ssh/session.ts'
import { sshProblem } from '../../ssh-problem.ts'

/** Fills a volume that was just made with content of ours. Throws the problem when it does not all get there. */
export async function writeWhole(
  session: Session,
  { pool, volume, path }: { pool: string; volume: string; path: string },
  content: Uint8Array,
): Promise<void> {
  const written = await writeAt(session, path, 0, bytesOf(content))
  if (written.ok) return
  const { code, said, ssh } = written.error
  if (ssh !== undefined) throw sshProblem(ssh)
  throw new Problem({
    code: 'not-written',
    kind: 'conflict',
    title:
      code === 'no-space'
        ? `The pool ${pool} is full: ${volume} did not fit. Free some space, then try again.`
        : `${volume} could not be written. ${said}`,
  })
}

async function* bytesOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
