import { domainBody, type DomainRef } from './calls.ts'
import type { Call } from './client.ts'
import { writeTypedParams, type TypedParam } from './typed-params.ts'
import { qemuProgram, XdrWriter, type XdrReader } from './wire.ts'

/** Procedures that change a domain's devices, vCPUs and memory, numbered as in libvirt's remote_protocol.x. */

const nothing = (): void => {}

// virDomainModificationImpact
const affectLive = 1

const withXml = (procedure: number, ref: DomainRef, xml: string, flags: number): Call<void> => ({
  procedure,
  body: domainBody(ref).string(xml).uint(flags).bytes(),
  read: nothing,
})

/** Into the running domain, not into its definition; so all below. */
export const attachDevice = (ref: DomainRef, xml: string): Call<void> => withXml(160, ref, xml, affectLive)
/** Asks the guest to let go; it answers before the guest has. */
export const detachDevice = (ref: DomainRef, xml: string): Call<void> => withXml(161, ref, xml, affectLive)
/** `force` also opens a drive that the guest has locked: VIR_DOMAIN_DEVICE_MODIFY_FORCE. */
export const updateDevice = (ref: DomainRef, xml: string, force = false): Call<void> =>
  withXml(174, ref, xml, affectLive | (force ? 1 << 2 : 0))

export const setLiveVcpus = (ref: DomainRef, vcpus: number): Call<void> => ({
  procedure: 199,
  body: domainBody(ref).uint(vcpus).uint(affectLive).bytes(),
  read: nothing,
})
/** By the guest's agent: how many of those it has it uses. */
export const setGuestVcpus = (ref: DomainRef, vcpus: number): Call<void> => ({
  procedure: 199,
  // VIR_DOMAIN_VCPU_GUEST
  body: domainBody(ref)
    .uint(vcpus)
    .uint(affectLive | (1 << 3))
    .bytes(),
  read: nothing,
})
/** Tells the guest's balloon; whether it follows is another matter. */
export const setLiveMemory = (ref: DomainRef, kib: number): Call<void> => ({
  procedure: 204,
  body: domainBody(ref).hyper(kib).uint(affectLive).bytes(),
  read: nothing,
})
/** Of a running domain: QEMU makes the file larger and tells the guest. */
export const resizeLiveDisk = (ref: DomainRef, target: string, sizeBytes: number): Call<void> => ({
  procedure: 251,
  // VIR_DOMAIN_BLOCK_RESIZE_BYTES
  body: domainBody(ref).string(target).hyper(sizeBytes).uint(1).bytes(),
  read: nothing,
})
export const setLiveDiskLimits = (ref: DomainRef, target: string, limits: readonly TypedParam[]): Call<void> => ({
  procedure: 252,
  body: writeTypedParams(domainBody(ref).string(target), limits).uint(affectLive).bytes(),
  read: nothing,
})
/** Sizes as QEMU or the file system has them. @param disk target or path */
export const diskSizes = (ref: DomainRef, disk: string): Call<{ capacityBytes: number }> => ({
  procedure: 194,
  body: domainBody(ref).string(disk).uint(0).bytes(),
  read: (reader) => {
    reader.hyper()
    return { capacityBytes: reader.hyper() }
  },
})

/** virDomainMetadataType */
const metadataKind = { description: 0, title: 1, element: 2 } as const

/** Null removes it. `element` is given without prefix; libvirt puts the namespace in. */
export const setLiveMetadata = (
  ref: DomainRef,
  kind: keyof typeof metadataKind,
  text: string | null,
  namespace: { prefix: string; uri: string } | null = null,
): Call<void> => ({
  procedure: 264,
  body: domainBody(ref)
    .int(metadataKind[kind])
    .optionalString(text)
    .optionalString(namespace?.prefix ?? null)
    .optionalString(namespace?.uri ?? null)
    .uint(affectLive)
    .bytes(),
  read: nothing,
})

export const listFilters = (): Call<string[]> => ({
  procedure: 286,
  body: new XdrWriter().int(1).uint(0).bytes(),
  read: (reader: XdrReader) =>
    reader.list(16_384, (one) => {
      const name = one.string()
      one.uuid()
      return name
    }),
})

/** One command of the guest agent's own protocol, in JSON. Fails with virErrorNumber 86 when nobody listens. */
export const agentCommand = (ref: DomainRef, command: object, timeoutSeconds: number): Call<string> => ({
  program: qemuProgram,
  procedure: 3,
  body: domainBody(ref).string(JSON.stringify(command)).int(timeoutSeconds).uint(0).bytes(),
  read: (reader) => reader.optionalString() ?? '',
})
