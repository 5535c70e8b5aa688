import { domainBody, type DomainRef } from './calls.ts'
import type { Call } from './client.ts'

/** An address of an interface inside a guest. */
export interface WireAddress {
  mac: string | null
  address: string
  prefix: number
}

const maxInterfaces = 2048
const maxAddresses = 2048

/** What the guest agent says of its interfaces; it may never answer. */
export const addressesByAgent = (ref: DomainRef): Call<WireAddress[]> => ({
  procedure: 353,
  // VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_AGENT, no flags
  body: domainBody(ref).uint(1).uint(0).bytes(),
  read: (reader) =>
    reader
      .list(maxInterfaces, () => {
        reader.string()
        const mac = reader.optionalString()
        return reader.list(maxAddresses, () => {
          reader.int()
          return { mac, address: reader.string(), prefix: reader.uint() }
        })
      })
      .flat(),
})
