/** 24 characters, 144 bits: it need not be changed afterwards. */
const bytes = 18

/** A password nobody has to think of, for somebody else to be handed. Browser only. */
export function generatePassword(): string {
  const random = crypto.getRandomValues(new Uint8Array(bytes))
  return btoa(String.fromCodePoint(...random))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
}
