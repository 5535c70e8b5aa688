import { once } from '../../kit/once.ts'
import { countUsers } from '../../store/people.ts'

/** Is there anybody yet? Until then nothing but set-up answers. Asked for each request, so yes is remembered. */
export async function isClaimed(): Promise<boolean> {
  const seen = once('setup.claimed', () => ({ yes: false }))
  seen.yes ||= (await countUsers()) > 0
  return seen.yes
}

/** After the store was closed, e.g. between tests. */
export function forgetClaimed(): void {
  once('setup.claimed', () => ({ yes: false })).yes = false
}
