import type { Actor } from '../../../access/can.ts'
import type { MigrationCheck } from '../../../contract/vm-migration.ts'
import { checkMigration } from '../../../vm/migration-check.ts'
import { refuse } from '../../refuse.ts'
import { openMigration, type MigrationEnds } from './situation.ts'

/** Whether a VM can move to a host, and what is missing there. @param to id or name of the host */
export async function checkVmMigration(
  actor: Actor,
  reference: string,
  to: string,
  now: () => Date,
): Promise<MigrationCheck> {
  await refuse(actor, 'vm.read')
  return presentCheck(await openMigration(reference, to, now))
}

export function presentCheck({ target, situation }: MigrationEnds): MigrationCheck {
  return {
    to: { id: target.host.id, name: target.host.name },
    live: situation.isRunning,
    ...checkMigration(situation),
  }
}
