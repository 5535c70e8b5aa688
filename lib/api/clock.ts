/** Services are told the time; this is where it comes from. */
export const now = (): Date => new Date()
