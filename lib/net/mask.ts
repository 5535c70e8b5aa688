import type { FileChange } from './back-end.ts'

/** Keys of network files whose value is a secret: Wi-Fi, 802.1X, WireGuard, tunnels. */
const secretLine =
  /^(\s*[-"']?\s*)((?:[\w.-]*(?:psk|password|passwd|secret|pin|private[-_]?key|preshared[-_]?key|wep[-_]?key\d?|wpa-[\w-]*pass\w*)|key)["']?\s*[=:\s]\s*)(\S.*)$/gim
const shown = '••••••'

/** The text without its secrets, for people to see. Line by line, so that the lines stay where they are. */
export const masked = (text: string): string =>
  text.replaceAll(secretLine, (_line, indent: string, key: string) => `${indent}${key}${shown}`)

export const maskedFile = ({ path, before, after }: FileChange) => ({
  path,
  before: before === null ? null : masked(before),
  after: after === null ? null : masked(after),
})
