import type pg from 'pg'

/** Runs it in one transaction: all of it is there afterwards, or, when it throws, none. */
export async function inTransaction<T>(pool: pg.Pool, run: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  let broken: Error | undefined
  try {
    await client.query('BEGIN')
    const value = await run(client)
    await client.query('COMMIT')
    return value
  } catch (failure) {
    await client.query('ROLLBACK').catch((second: Error) => (broken = second))
    throw failure
  } finally {
    client.release(broken)
  }
}
