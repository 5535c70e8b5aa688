import { once } from '../kit/once.ts'
import { lineText, wholeNumber } from '../facts/text.ts'
import type { KvmProof } from '../facts/parse-kvm.ts'
import { scriptText } from '../ssh/script.ts'
import type { Session } from '../ssh/session.ts'

// A third of what a host needed that lists KVM and boots no guest; five times what a good one needs at worst.
const limitSeconds = 5

/**
 * Sixteen-bit code: a letter to the serial port, 0x10 to isa-debug-exit (QEMU then ends with 0x10 * 2 + 1 = 33), a reset
 * through the keyboard controller where there is no such device, then nothing for ever.
 */
export function bootSector(): Buffer {
  const sector = Buffer.alloc(512)
  const code = [
    // mov dx, 0x3f8; mov al, 'K'; out dx, al
    [0xba, 0xf8, 0x03, 0xb0, 0x4b, 0xee],
    // mov dx, 0xf4; mov al, 0x10; out dx, al
    [0xba, 0xf4, 0x00, 0xb0, 0x10, 0xee],
    // mov al, 0xfe; out 0x64, al
    [0xb0, 0xfe, 0xe6, 0x64],
    // cli; hlt; jmp back to hlt
    [0xfa, 0xf4, 0xeb, 0xfd],
  ].flat()
  sector.set(code)
  sector.set([0x55, 0xaa], 510)
  return sector
}

const passed = 33
const killed = 137

/** What prove-kvm.sh said; null when it could not try (no QEMU, no room for a temporary file). */
export function parseProof(answer: string): KvmProof | null {
  const value = (key: string) => new RegExp(`^${key}=(.*)$`, 'm').exec(answer)?.[1]
  const code = wholeNumber(value('code'))
  const milliseconds = wholeNumber(value('ms'))
  if (code === null || milliseconds === null || milliseconds < 0) return null
  if (code === passed) return { ran: true, milliseconds, tcgMilliseconds: wholeNumber(value('tcg')) }
  // Killed at the limit, it had nothing to say; the shell's own remark is no reason.
  return { ran: false, milliseconds, said: code === killed ? null : lineText(value('said') ?? '', 200) }
}

// One entry per host and boot; a fleet that reboots for years must not fill the memory.
const maxKept = 2000

/** Runs the boot sector under KVM, once per boot of the host. Null when it could not be tried. */
export async function proveKvm(session: Session, bootId: string, sudo: boolean): Promise<KvmProof | null> {
  const proofs = once('kvm-proofs', () => new Map<string, Promise<KvmProof | null>>())
  const known = proofs.get(bootId)
  if (known !== undefined) return known
  const proving = tryKvm(session, sudo)
  if (bootId !== '') {
    if (proofs.size >= maxKept) proofs.delete(proofs.keys().next().value ?? '')
    proofs.set(bootId, proving)
  }
  const proof = await proving
  // QEMU may be installed, or the link mended, by the next time.
  if (proof === null && proofs.get(bootId) === proving) proofs.delete(bootId)
  return proof
}

/** One try, whatever is known from earlier. */
export async function tryKvm(session: Session, sudo: boolean): Promise<KvmProof | null> {
  const argv = ['sh', '-c', scriptText('lib/host/scripts/prove-kvm.sh'), 'sh', String(limitSeconds)]
  // Three runs at most: cold, warm, and without KVM.
  const timeoutMs = (3 * limitSeconds + 10) * 1000
  const ran = await session.exec(argv, { sudo, stdin: bootSector(), timeoutMs, maxBytes: 65_536 })
  return ran.ok ? parseProof(ran.value.stdout.toString('utf8')) : null
}
