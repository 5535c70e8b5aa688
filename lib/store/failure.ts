/** Why the store cannot be used. */
export interface StoreFailure {
  code:
    | 'data-dir' // cannot be made, read or locked
    | 'in-use' // another process has it
    | 'database-start' // the embedded server does not start
    | 'database-unreachable'
    | 'database-version' // too old, or written by another major version
    | 'migration' // history does not match, or a migration failed
    | 'schema-newer' // written by a newer Drawbridge
    | 'master-key' // missing or not the one the secrets were sealed with
    | 'archive' // a backup that cannot be read or written
    | 'not-empty' // restore into a database that holds data
  /** One or two sentences: the cause and the way out. */
  title: string
  detail?: string
}

/** What an error of a library or the system says, on one line. */
export const reasonOf = (failure: unknown): string =>
  (failure instanceof Error ? failure.message : String(failure)).replaceAll(/\s+/g, ' ').trim()
