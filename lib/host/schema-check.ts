import { lineText } from '../facts/text.ts'
import type { Session } from '../ssh/session.ts'

// Where libvirt's packages put it; it includes its siblings by relative names.
const schema = '/usr/share/libvirt/schemas/domain.rng'
const maxErrors = 20

/**
 * A domain's XML against libvirt's own schema, on the host.
 * @returns null: the host has no xmllint, or no schema
 */
export async function checkBySchema(
  session: Session,
  xml: string,
): Promise<{ line: number | null; message: string }[] | null> {
  const argv = ['xmllint', '--nonet', '--noout', '--relaxng', schema, '-']
  const ran = await session.exec(argv, { stdin: xml, timeoutMs: 20_000 })
  if (!ran.ok) return null
  if (ran.value.code === 0) return []
  // 3 and 4: it is not valid. Anything else is about the tool itself.
  if (ran.value.code !== 3 && ran.value.code !== 4) return null
  const errors = ran.value.stderr
    .toString('utf8')
    .split('\n')
    .flatMap((line) => {
      const found = /^-:(\d{1,7}): (?:element [^:]{1,80}: )?(?:Relax-NG validity error : )?(.{1,400})/.exec(line)
      const message = lineText(found?.[2] ?? '', 300)
      return found === null || message === null ? [] : [{ line: Number(found[1]), message }]
    })
  return errors.length === 0 ? null : errors.slice(0, maxErrors)
}
