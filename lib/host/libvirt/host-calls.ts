import type { Call } from './client.ts'
import { XdrWriter, type XdrReader } from './wire.ts'

/** Procedures that ask what a host offers, numbered as in libvirt's remote_protocol.x; see calls.ts. */

const maxFilters = 16_384
const string = (reader: XdrReader): string => reader.string()

export const capabilities = (): Call<string> => ({ procedure: 7, body: Buffer.alloc(0), read: string })
/** What a domain of this architecture, machine and type (`kvm`, `qemu`) can be. Null: libvirt's own choice. */
export const domainCapabilities = (machine: string | null, type: string): Call<string> => ({
  procedure: 342,
  body: new XdrWriter()
    .optionalString(null)
    .optionalString(null)
    .optionalString(machine)
    .optionalString(type)
    .uint(0)
    .bytes(),
  read: string,
})
/** Names of the network filters. */
export const listFilters = (): Call<string[]> => ({
  procedure: 286,
  body: new XdrWriter().int(1).uint(0).bytes(),
  read: (reader) =>
    reader.list(maxFilters, () => {
      const name = reader.string()
      reader.uuid()
      return name
    }),
})
