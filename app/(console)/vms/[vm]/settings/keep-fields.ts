/**
 * For `form.reset`: without it the form forgets its fields, and relies on `register` being called again at the next
 * render. The compiler keeps what `register` gave, so fields would show what was typed and later edits would be lost.
 */
export const keepFields = { keepFieldsRef: true } as const
