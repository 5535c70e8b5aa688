import { plainText } from '../../kit/plain-text.ts'

/** Why libvirt did not answer. The title names the cause and the way out. */
export interface LibvirtFailure {
  code:
    /** No socket answers: it is not installed, or not running. */
    | 'absent'
    /** It answers, but not to this user. */
    | 'denied'
    | 'timeout'
    | 'closed'
    | 'protocol'
    /** libvirt itself said no: see `said`. */
    | 'libvirt'
  title: string
  said?: { code: number; domain: number; message: string }
}

export const libvirtFailure = (code: LibvirtFailure['code'], title: string): LibvirtFailure => ({ code, title })

// virErrorNumber
const authFailed = 45
const authCancelled = 79
const accessDenied = 88
const authUnavailable = 94

/** A failure that libvirt itself reported. */
export function saidByLibvirt(said: { code: number; domain: number; message: string }): LibvirtFailure {
  const message = plainText(said.message, 500) || `error ${said.code}`
  if ([authFailed, authCancelled, authUnavailable, accessDenied].includes(said.code))
    return {
      code: 'denied',
      title: `libvirt does not let this user in (${message}). Add the user to the group libvirt, or let it use sudo.`,
      said,
    }
  return { code: 'libvirt', title: `libvirt says: ${message}.`.replace(/\.\.$/, '.'), said }
}

// virErrorNumber: no domain, storage pool, volume
const absences = [42, 49, 50]
/** libvirt knows no such domain, pool or volume. */
export const isAbsent = ({ said }: LibvirtFailure): boolean => said !== undefined && absences.includes(said.code)
