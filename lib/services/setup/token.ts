import { setupToken } from '../../auth/setup-token.ts'
import { isClaimed } from './state.ts'

/** The one-time token for the terminal, made when there is none that is still good; null once somebody claimed it. */
export async function ensureSetupToken(now: Date): Promise<string | null> {
  return (await isClaimed()) ? null : setupToken(now)
}
