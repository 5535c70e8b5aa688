/**
 * A line that somebody began, and no more: a shell that takes it late may no longer be where it was when it was typed,
 * and a whole paste would run into whatever prompt is there by then.
 */
export const heldKeysBytes = 512

/** What is typed at a console while nothing takes it. */
export class HeldKeys {
  #chunks: Uint8Array[] = []
  #bytes = 0
  #isFull = false

  /** False: too much by now. Then nothing more is held until `take`, so that no line arrives with a hole in it. */
  hold(typed: Uint8Array): boolean {
    this.#isFull ||= this.#bytes + typed.length > heldKeysBytes
    if (this.#isFull) return false
    this.#chunks.push(typed)
    this.#bytes += typed.length
    return true
  }

  /** All that was held, in order; nothing is held any more. */
  take(): Uint8Array<ArrayBuffer> {
    const all = new Uint8Array(this.#bytes)
    let at = 0
    for (const chunk of this.#chunks) {
      all.set(chunk, at)
      at += chunk.length
    }
    this.#chunks = []
    this.#bytes = 0
    this.#isFull = false
    return all
  }
}
