/** A text as keys of a US keyboard, which is what QEMU takes for granted where a VM names no keymap. */
export interface Keystroke {
  /** X11's number of the symbol. */
  keysym: number
  shift: boolean
}

const shifted = new Set('~!@#$%^&*()_+{}|:"<>?')
const named: Record<string, number> = { '\n': 0xff0d, '\t': 0xff09 }

/** `untypable`: characters that no key of a US keyboard has, each once. */
export function keystrokesOf(text: string): { strokes: Keystroke[]; untypable: string[] } {
  const strokes: Keystroke[] = []
  const untypable = new Set<string>()
  for (const character of text.replaceAll(/\r\n?/g, '\n')) {
    const code = character.codePointAt(0) ?? 0
    const keysym = named[character] ?? (code >= 0x20 && code < 0x7f ? code : null)
    if (keysym === null) untypable.add(character)
    else strokes.push({ keysym, shift: shifted.has(character) || (character >= 'A' && character <= 'Z') })
  }
  return { strokes, untypable: [...untypable] }
}
