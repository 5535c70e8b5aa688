/** Next calls this once, before it serves. The composition root is lib/boot.ts; nothing of it is for the edge runtime. */
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME !== 'nodejs' || process.env.NEXT_PHASE === 'phase-production-build') return
  const [{ boot }, { bootFailed }] = await Promise.all([import('./lib/boot.ts'), import('./lib/server/lifecycle.ts')])
  await boot().catch(bootFailed)
}
