declare const brand: unique symbol

/** A value that has been parsed: holding one is the proof. Made only by its parser. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name }
