import { plainText } from '../kit/plain-text.ts'
import type { Session } from '../ssh/session.ts'

const readBytes = 16 * 1024
const keptLines = 8

/** The last lines QEMU wrote about a VM, oldest first; null when there are none, or this user may not read them. */
export async function qemuLogTail(session: Session, name: string): Promise<string | null> {
  // libvirt itself names files by it; what could lead elsewhere is no name of one.
  if (name.includes('/') || name.startsWith('.') || name.includes('\0')) return null
  const argv = ['tail', '-c', String(readBytes), '--', `/var/log/libvirt/qemu/${name}.log`]
  const ran = await session.exec(argv, { sudo: true, maxBytes: readBytes * 2 })
  if (!ran.ok || ran.value.code !== 0) return null
  const lines = ran.value.stdout
    .toString('utf8')
    .split('\n')
    .map((line) => plainText(line, 400))
    // The command line QEMU was started with, one option per line, says nothing of why.
    .filter((line) => line !== '' && !line.startsWith('-') && !/^[A-Z_]+=/.test(line))
  return lines.length === 0 ? null : lines.slice(-keptLines).join('\n')
}
