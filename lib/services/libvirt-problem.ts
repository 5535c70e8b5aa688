import type { LibvirtFailure } from '../host/libvirt/failure.ts'
import { Problem } from '../kit/problem.ts'

/** What libvirt answered instead, as the API says it: 409 when it said no to what was asked, else 502. */
export function libvirtProblem({ code, title, said }: LibvirtFailure): Problem {
  return new Problem({
    code: `libvirt-${code === 'libvirt' ? 'refused' : code}`,
    kind: code === 'libvirt' ? 'conflict' : code === 'denied' ? 'invalid' : 'unreachable',
    title,
    ...(said === undefined ? {} : { extra: { libvirtCode: said.code } }),
  })
}
