/** How far `qemu-img convert -p` is by what it last wrote (`    (12.34/100%)`), 0 to 1; null: it has not said. */
export function convertProgress(text: string): number | null {
  const last = [...text.matchAll(/\((\d{1,3}(?:\.\d+)?)\/100%\)/g)].at(-1)?.[1]
  return last === undefined ? null : Math.min(1, Number(last) / 100)
}
