/** The composition root: what runs in this process, in the order in which it starts and, backwards, stops. */
import { acceptConsole } from './api/console-socket.ts'
import { consoleSocketPath } from './contract/vm-console.ts'
import { jobRunner } from './jobs/runner.ts'
import { once } from './kit/once.ts'
import { keeper } from './live/keeper.ts'
import { log } from './log/log.ts'
import { leaveNotice, onShutdown } from './server/lifecycle.ts'
import { onUpgrade } from './server/upgrades.ts'
import { readiness } from './services/health/ready.ts'
import { watchHosts } from './services/hosts/watch.ts'
import { prepareJob } from './services/hosts/prepare-job.ts'
import { announceJob } from './services/jobs/announce.ts'
import { changeJob } from './services/network/change-job.ts'
import { creationJobs } from './services/vms/create/jobs.ts'
import { migrateJob } from './services/vms/migration/job.ts'
import { saveJob } from './services/vms/save.ts'
import { snapshotJob } from './services/vms/snapshots/job.ts'
import { closeConsoles } from './services/vms/console/attach.ts'
import { makeFirstAdmin } from './services/setup/headless.ts'
import { ensureSetupToken } from './services/setup/token.ts'
import { cloneVolumeJob } from './services/storage/clone-job.ts'
import { fetchImageJob } from './services/storage/fetch-job.ts'
import { sshPool } from './ssh/pool.ts'
import { openStore, type Store } from './store/db.ts'

const now = (): Date => new Date()

/** Starts everything, once per process. What it throws is a sentence for the terminal. */
export const boot = (): Promise<void> => once('boot', () => start(process.env))

async function start(env: NodeJS.ProcessEnv): Promise<void> {
  const dataDir = env.DRAWBRIDGE_DATA
  if (dataDir === undefined) throw new Error('DRAWBRIDGE_DATA does not name a data directory.')
  const opened = await openStore({
    dataDir,
    databaseUrl: env.DATABASE_URL,
    masterKeyFile: env.DRAWBRIDGE_MASTER_KEY_FILE,
  })
  if (!opened.ok) throw new Error(opened.error.title)
  const store = opened.value
  onShutdown(() => stop(store))
  try {
    await firstAdmin(env)
    await jobRunner().start({
      kinds: [
        prepareJob(now),
        changeJob(now),
        saveJob(now),
        snapshotJob(now),
        migrateJob(now),
        cloneVolumeJob(now),
        fetchImageJob(now),
        ...creationJobs(now),
      ],
      onJobChanged: announceJob,
      onTrouble: (sentence) => log().warn(sentence),
    })
    await watchHosts(now)
    leaveNotice({ setupToken: await ensureSetupToken(now()) })
    onUpgrade(consoleSocketPath, acceptConsole())
    readiness().ready = true
  } catch (failure) {
    await stop(store)
    throw failure
  }
}

async function firstAdmin({ DRAWBRIDGE_ADMIN_EMAIL: email, DRAWBRIDGE_ADMIN_PASSWORD_FILE: file }: NodeJS.ProcessEnv) {
  if (!email && !file) return
  if (!email || !file) throw new Error('Set both DRAWBRIDGE_ADMIN_EMAIL and DRAWBRIDGE_ADMIN_PASSWORD_FILE, or none.')
  const made = await makeFirstAdmin(email, file)
  if (!made.ok) throw new Error(made.error)
}

async function stop(store: Store): Promise<void> {
  readiness().ready = false
  await closeConsoles()
  await keeper().stop()
  await jobRunner().stop()
  sshPool().close()
  await store.close()
}
