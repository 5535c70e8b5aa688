import type { LibvirtFailure } from '../../host/libvirt/failure.ts'
import type { FileFailure } from '../../host/image-files.ts'
import { type FieldError, Problem } from '../../kit/problem.ts'
import type { Result } from '../../kit/result.ts'
import { libvirtProblem } from '../libvirt-problem.ts'
import { sshProblem } from '../ssh-problem.ts'

/** The value, or the problem thrown; what libvirt says of storage is told in words of storage. */
export function granted<T>(answer: Result<T, LibvirtFailure>): T {
  if (!answer.ok) throw storageProblem(answer.error)
  return answer.value
}

const sentences: [RegExp, (match: RegExpExecArray) => { code: string; title: string }][] = [
  [
    /cannot open (?:directory|path) '([^']*)'.*No such file or directory/i,
    ([, path]) => ({
      code: 'path-absent',
      title: `${path} is not on the host. Make the directory, or start the pool anew.`,
    }),
  ],
  [
    /cannot open (?:directory|path|volume) '([^']*)'.*Permission denied/i,
    ([, path]) => ({
      code: 'path-denied',
      title: `libvirt may not read ${path}. Look at its owner and rights, and at what SELinux or AppArmor forbids.`,
    }),
  ],
  [
    /No space left on device/i,
    () => ({ code: 'no-space', title: 'The pool is full. Delete what is not needed, or choose another pool.' }),
  ],
  [
    /(?:storage volume|volume target path|volume) '([^']*)' (?:already exists|exists already)|storage vol(?:ume)?.*'([^']*)'.*exists already/i,
    ([, first, second]) => ({
      code: 'name-taken',
      title: `There is a volume called ${first ?? second ?? 'so'} already. Choose another name.`,
    }),
  ],
  [
    /Failed to get "(?:write|consistent read|shared "write)" ?lock|Is another process using the image/i,
    () => ({ code: 'volume-in-use', title: 'A process on the host has the volume open. Shut its VM down first.' }),
  ],
  [
    /(?:mount|mount\.nfs).*(?:access denied|Connection refused|timed out|No route to host|No such file)/i,
    () => ({
      code: 'mount-failed',
      title: 'The host can’t mount the share. Look at the server’s name, its export, and whom it lets in.',
    }),
  ],
  [
    /cannot find logical volume group name|(?:Volume group|vgchange|lvcreate|vgs).*(?:not found|failed)/i,
    () => ({ code: 'no-volume-group', title: 'The host has no such volume group, or LVM’s tools are not installed.' }),
  ],
  [
    /Cannot find '?(mount|vgchange|lvcreate|zfs|zpool|qemu-img)'? in path/i,
    ([, tool]) => ({ code: 'tool-missing', title: `The host has no ${tool}. Install what brings it.` }),
  ],
]

export function storageProblem(failure: LibvirtFailure): Problem {
  const said = failure.said?.message ?? ''
  for (const [pattern, sentence] of sentences) {
    const match = pattern.exec(said)
    if (match === null) continue
    return new Problem({ ...sentence(match), kind: 'conflict', detail: said })
  }
  return libvirtProblem(failure)
}

/** What went wrong with a file of the host. @param what e.g. `The upload` */
export function fileProblem({ code, said, ssh }: FileFailure, what: string): Problem {
  if (ssh !== undefined) return sshProblem(ssh)
  switch (code) {
    case 'no-space':
      return new Problem({
        code,
        kind: 'conflict',
        title: `${what} does not fit: the pool is full. Delete what is not needed, then go on.`,
        detail: said,
      })
    case 'exists':
      return new Problem({
        code: 'name-taken',
        kind: 'conflict',
        title: `${what}: there is a file of that name already.`,
      })
    case 'absent':
      return new Problem({ code: 'file-absent', kind: 'conflict', title: `${what}: it is not on the host any more.` })
    case 'denied':
      return new Problem({
        code: 'file-denied',
        kind: 'conflict',
        title: `${what}: the host does not allow it (${said}).`,
      })
    default:
      return new Problem({ code: 'host-failed', kind: 'conflict', title: `${what} failed on the host: ${said}` })
  }
}

export function stored<T>(answer: Result<T, FileFailure>, what: string): T {
  if (!answer.ok) throw fileProblem(answer.error, what)
  return answer.value
}

/** Throws the first of them, with all of them as fields. */
export function requireRight(errors: readonly (FieldError | null)[]): void {
  const wrong = errors.filter((error) => error !== null)
  const [first] = wrong
  if (first === undefined) return
  throw new Problem({ code: 'bad-storage', kind: 'invalid', title: first.message, fields: wrong })
}

export const wrongField = (field: string, message: string | null): FieldError | null =>
  message === null ? null : { field, message }
