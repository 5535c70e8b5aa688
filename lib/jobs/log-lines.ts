/** A longer line is output of a program gone wild; cutting it loses nothing a person would read. */
export const lineLimitChars = 4096
/** What is kept from the start of a log. Smaller loses apt runs (about 1,500 lines); larger weighs on every reader. */
export const headLimitLines = 5000
/** What is kept from its end when it is longer: the cause of a failure stands there. */
export const tailLimitLines = 200

// ECMA-48: CSI and OSC sequences, then the two-character escapes.
// oxlint-disable-next-line no-control-regex
const escapes = /\u001B\[[0-?]*[ -/]*[@-~]|\u001B\][^\u0007\u001B]*(?:\u0007|\u001B\\)?|\u001B[@-_]/g
// oxlint-disable-next-line no-control-regex
const controls = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u200E\u200F\u202A-\u202E\u2066-\u2069]/g

/** Text of a program as lines for people: no escapes, no control or direction characters, of a progress bar its last state. */
export function logLines(text: string): string[] {
  const lines = text.replaceAll('\r\n', '\n').split('\n')
  if (lines.length > 1 && lines.at(-1) === '') lines.pop()
  return lines.map((line) => {
    const shown = line.slice(line.replace(/\r+$/, '').lastIndexOf('\r') + 1, line.length)
    const clean = shown
      .slice(0, lineLimitChars * 4)
      .replaceAll(escapes, '')
      .replaceAll(controls, '')
      .toWellFormed()
    return clean.length > lineLimitChars ? `${clean.slice(0, lineLimitChars)}…` : clean
  })
}
