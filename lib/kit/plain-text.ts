// C0 and C1 controls, and the characters that change what a reader sees: bidirectional marks, zero-width, BOM.
// oxlint-disable-next-line no-control-regex
const unseen = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+/g
// ESC [ … letter and ESC ] … BEL: what terminals obey.
// oxlint-disable-next-line no-control-regex
const ansi = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-_])/g

/**
 * A stranger's text made safe to show on one line: no control characters, no terminal sequences, no bidirectional
 * tricks, at most `maxLength` characters (then it ends in `…`).
 */
export function plainText(text: string, maxLength = 500): string {
  // Twice the limit is plenty to clean, and a host may send gigabytes.
  const clean = text
    .slice(0, maxLength * 4)
    .replaceAll(ansi, '')
    .replaceAll(unseen, ' ')
    .trim()
  return clean.length > maxLength ? `${clean.slice(0, maxLength - 1)}…` : clean
}
