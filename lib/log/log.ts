import pino, { type DestinationStream, type Logger } from 'pino'
import { once } from '../kit/once.ts'

/** Whatever carries one of these names is never written, however deep it sits. */
const secretNames = ['password', 'passphrase', 'privateKey', 'token', 'authorization', 'cookie', 'secret', 'credential']
const depths = ['', '*.', '*.*.', '*.*.*.']
const paths = depths.flatMap((depth) => secretNames.map((name) => `${depth}${name}`))

export const makeLog = (to: DestinationStream): Logger =>
  pino({ level: process.env.DRAWBRIDGE_LOG_LEVEL ?? 'info', base: null, redact: { paths, censor: '[struck out]' } }, to)

/** The process's log: JSON lines on standard error, secrets struck out. */
export const log = (): Logger => once('log', () => makeLog(pino.destination({ fd: 2, sync: false })))
