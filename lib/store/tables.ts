import type pg from 'pg'

export interface Column {
  name: string
  /** As PostgreSQL writes it, e.g. `timestamp(3) with time zone`. */
  type: string
}

export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** The tables of a schema of ours, without the migrations' own, by name, with their columns in order. */
export async function tablesOf(client: pg.ClientBase): Promise<Map<string, Column[]>> {
  const { rows } = await client.query<{ table: string; name: string; type: string }>(
    `SELECT class.relname AS table, attribute.attname AS name, format_type(attribute.atttypid, attribute.atttypmod) AS type
     FROM pg_class AS class JOIN pg_attribute AS attribute ON attribute.attrelid = class.oid
     WHERE class.relnamespace = current_schema()::regnamespace AND class.relkind = 'r' AND class.relname <> '_prisma_migrations'
       AND attribute.attnum > 0 AND NOT attribute.attisdropped
     ORDER BY class.relname, attribute.attnum`,
  )
  const tables = new Map<string, Column[]>()
  for (const { table, name, type } of rows) tables.set(table, [...(tables.get(table) ?? []), { name, type }])
  return tables
}

/** Has anybody migrated this database? */
export async function isMigrated(client: pg.ClientBase | pg.Pool): Promise<boolean> {
  const { rows } = await client.query<{ found: boolean }>(
    `SELECT to_regclass(format('%I.%I', current_schema(), '_prisma_migrations')) IS NOT NULL AS found`,
  )
  return rows[0]?.found === true
}
