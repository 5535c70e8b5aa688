import { WireError, type XdrReader, type XdrWriter } from './wire.ts'

/** libvirt's `virTypedParameter`s: named values of several types, in lists. */

/** virTypedParameterType */
const type = { int: 1, uint: 2, llong: 3, ullong: 4, double: 5, boolean: 6, string: 7 } as const
// REMOTE_DOMAIN_JOB_STATS_MAX and its like are smaller.
const maxParams = 4096

/** A name may come twice, as `migrate_disks` does. Numbers travel as `ullong`. */
export type TypedParam = readonly [name: string, value: string | number]

export function writeTypedParams(writer: XdrWriter, params: readonly TypedParam[]): XdrWriter {
  writer.uint(params.length)
  for (const [name, value] of params) {
    writer.string(name)
    if (typeof value === 'string') writer.int(type.string).string(value)
    else writer.int(type.ullong).hyper(value)
  }
  return writer
}

/** Numbers are exact up to 2^53; booleans are 0 and 1. */
export function readTypedParams(reader: XdrReader): Map<string, string | number> {
  return new Map(reader.list(maxParams, (entry) => [entry.string(), valueOf(entry)] as const))
}

function valueOf(reader: XdrReader): string | number {
  const kind = reader.int()
  switch (kind) {
    case type.int:
    case type.boolean:
      return reader.int()
    case type.uint:
      return reader.uint()
    case type.llong:
      return Number(reader.opaque(8).readBigInt64BE(0))
    case type.ullong:
      return reader.hyper()
    case type.double:
      return reader.opaque(8).readDoubleBE(0)
    case type.string:
      return reader.string()
    default:
      throw new WireError(`a value of the unknown type ${kind}`)
  }
}
