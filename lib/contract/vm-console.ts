import * as z from 'zod'

/** `/vms/{vm}/console`: a ticket for a console, and what is said on its WebSocket. */

export const consoleKinds = ['serial', 'vnc'] as const
export type ConsoleKind = (typeof consoleKinds)[number]

export const openConsoleSchema = z
  .strictObject({
    kind: z.enum(consoleKinds),
    takeOver: z
      .boolean()
      .default(false)
      .describe('Serial only: ends the session of whoever has the console open outside of Drawbridge'),
    readOnly: z.boolean().default(false).describe('Serial only: what this viewer types is dropped'),
  })
  .refine(({ kind, takeOver, readOnly }) => kind === 'serial' || !(takeOver || readOnly), {
    message: 'takeOver and readOnly are for serial consoles.',
    path: ['kind'],
  })
export type OpenConsole = z.input<typeof openConsoleSchema>

/** The one subprotocol that is spoken; a ticket travels beside it, so that no proxy writes it into a log. */
export const consoleProtocol = 'drawbridge.console'
export const consoleTicketPrefix = 'ticket.'
export const consoleSocketPath = '/api/v1/vms/console/ws'

export const consoleTicketSchema = z
  .object({
    /** Good once, for 30 s, for whoever asked for it. */
    ticket: z.string(),
    /** Where the WebSocket is opened, on the same origin. */
    url: z.string(),
    /** What to offer in `Sec-WebSocket-Protocol`: `new WebSocket(url, protocols)`. */
    protocols: z.array(z.string()),
    expiresAt: z.string(),
  })
  .meta({ id: 'ConsoleTicket' })
export type ConsoleTicket = z.infer<typeof consoleTicketSchema>

/** How a serial console stands. */
export type SerialState =
  | 'connecting'
  | 'live'
  /** The VM is shut off; the console comes back by itself when it starts. */
  | 'off'
  /** Somebody has it open outside of Drawbridge; it comes back when they leave, or by `takeOver`. */
  | 'taken'
  /** The host or its libvirt does not answer; it is tried again. */
  | 'lost'

/** A text frame of a serial console, as JSON. Binary frames are what the guest writes, and what is typed. */
export type ConsoleNews =
  | { type: 'state'; state: SerialState; reason: string | null }
  /** Other viewers of the same console. */
  | { type: 'viewers'; others: number }
  /** The next binary frame is what was on the line before: clear the screen, and answer none of its questions. */
  | { type: 'scrollback' }
  /** Whether this viewer's terminal answers the guest's questions about itself; exactly one does. */
  | { type: 'answers'; you: boolean }

/** Why the server closed the WebSocket: its close codes. 1001 is the server stopping. */
export const consoleEnd = {
  /** The VM stopped, or its console ended. */
  ended: 4000,
  /** Signed out, or no longer allowed. */
  'signed-out': 4001,
  /** Nothing was typed for an hour. */
  idle: 4002,
  stopping: 1001,
} as const
export type ConsoleEnd = keyof typeof consoleEnd
