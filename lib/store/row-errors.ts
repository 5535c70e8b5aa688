/** Prisma's codes of the failures callers foresee. By code, never by class: Next bundles the class more than once. */
const codeOf = (failure: unknown): unknown =>
  typeof failure === 'object' && failure !== null && 'code' in failure ? failure.code : undefined

/** A unique column already holds this value. */
export const isTaken = (failure: unknown): boolean => codeOf(failure) === 'P2002'
/** A row that is pointed at does not exist, or is still pointed at. */
export const isForeignKey = (failure: unknown): boolean => codeOf(failure) === 'P2003'
/** The row to change is not there. */
export const isMissing = (failure: unknown): boolean => codeOf(failure) === 'P2025'
