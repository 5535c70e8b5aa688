import type { LiveEvent } from './live-protocol.ts'

const encoder = new TextEncoder()

/** One server-sent event, to be shared by all who get it. */
export const serverSent = (event: LiveEvent): Uint8Array =>
  encoder.encode(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
