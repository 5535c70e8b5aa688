import { domainBody, readDomainRef, type DomainRef } from './calls.ts'
import type { Call } from './client.ts'
import { XdrWriter } from './wire.ts'

/** Procedures for domains, numbered as in libvirt's remote_protocol.x; see calls.ts. */

const nothing = (): void => {}
const plain = (procedure: number, ref: DomainRef): Call<void> => ({
  procedure,
  body: domainBody(ref).bytes(),
  read: nothing,
})
const flagged = (procedure: number, ref: DomainRef, flags: number): Call<void> => ({
  procedure,
  body: domainBody(ref).uint(flags).bytes(),
  read: nothing,
})

/** Fails with virErrorNumber 42 when there is none. */
export const lookUpDomain = (uuid: string): Call<DomainRef> => ({
  procedure: 24,
  body: new XdrWriter().uuid(uuid).bytes(),
  read: readDomainRef,
})

/**
 * What counts from the next start on. With its secrets (passwords of consoles) it is for editing, never for showing; an
 * edit that began without them would lose them.
 */
export const domainDefinitionXml = (ref: DomainRef, secrets = false): Call<string> => ({
  procedure: 14,
  // VIR_DOMAIN_XML_INACTIVE, VIR_DOMAIN_XML_SECURE
  body: domainBody(ref)
    .uint(secrets ? 3 : 2)
    .bytes(),
  read: (reader) => reader.string(),
})

/** Defines or redefines; `validate` refuses what the schema does not know, which libvirt otherwise drops in silence. */
export const defineDomain = (xml: string, validate: boolean): Call<DomainRef> => ({
  procedure: 350,
  // VIR_DOMAIN_DEFINE_VALIDATE
  body: new XdrWriter()
    .string(xml)
    .uint(validate ? 1 : 0)
    .bytes(),
  read: readDomainRef,
})

/** VIR_DOMAIN_START_PAUSED 1, FORCE_BOOT 8 (throws a managed save away) */
export const startDomain = (ref: DomainRef, flags = 0): Call<DomainRef> => ({
  procedure: 196,
  body: domainBody(ref).uint(flags).bytes(),
  read: readDomainRef,
})
/** Pulls the plug: what the guest has not written is lost. */
export const destroyDomain = (ref: DomainRef): Call<void> => flagged(234, ref, 0)
/** Asks the guest; whether it heeds is another matter. */
export const shutDownDomain = (ref: DomainRef): Call<void> => flagged(258, ref, 0)
export const rebootDomain = (ref: DomainRef): Call<void> => flagged(27, ref, 0)
export const resetDomain = (ref: DomainRef): Call<void> => flagged(245, ref, 0)
export const suspendDomain = (ref: DomainRef): Call<void> => plain(34, ref)
export const resumeDomain = (ref: DomainRef): Call<void> => plain(28, ref)
/** Of one that sleeps by its own power management; `resume` does not wake it. */
export const wakeDomain = (ref: DomainRef): Call<void> => flagged(267, ref, 0)
/** Writes the guest's memory to the host's disk and stops it; the next start goes on from there. */
export const saveDomain = (ref: DomainRef): Call<void> => flagged(182, ref, 0)
export const removeSavedDomain = (ref: DomainRef): Call<void> => flagged(184, ref, 0)
export const setDomainAutostart = (ref: DomainRef, autostart: boolean): Call<void> => ({
  procedure: 29,
  body: domainBody(ref)
    .int(autostart ? 1 : 0)
    .bytes(),
  read: nothing,
})

/** virDomainUndefineFlagsValues */
export const undefineFlag = {
  managedSave: 1 << 0,
  snapshotsMetadata: 1 << 1,
  nvram: 1 << 2,
  keepNvram: 1 << 3,
  checkpointsMetadata: 1 << 4,
  tpm: 1 << 5,
} as const
/** Of a running domain it succeeds too, and leaves it without a definition: whoever calls it looks first. */
export const undefineDomain = (ref: DomainRef, flags: number): Call<void> => flagged(231, ref, flags)

/** Opens a stream. `take` ends whoever has it; without it, and somebody has it, libvirt refuses. */
export const openDomainConsole = (ref: DomainRef, take: boolean): Call<void> => ({
  procedure: 201,
  // The first console. VIR_DOMAIN_CONSOLE_SAFE 2: only where libvirt keeps others out; FORCE 1.
  body: domainBody(ref)
    .optionalString(null)
    .uint(take ? 3 : 2)
    .bytes(),
  read: nothing,
})
