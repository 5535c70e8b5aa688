import { randomUUID } from 'node:crypto'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { isAlive, run, script, type ProcessMark } from './process.ts'

/** Where running labs are found again by other processes; gone with the machine's boot where /run is a tmpfs. */
const RUNTIME_ROOT = '/run/drawbridge-lab'
const SUBNETS = join(RUNTIME_ROOT, '.subnets')

export type LabRecord = {
  id: string
  number: number
  /** Tells this lab from an earlier or later one of the same id. */
  token: string
  /** Its end is the lab's end; null: the lab stays until it is taken down. */
  owner: ProcessMark | null
  machineBootId: string
  cgroup: string
  createdAt: string
}

export const labDir = (id: string): string => join(RUNTIME_ROOT, id)
/** The name of the lab's network namespace and of this machine's one new interface. */
export const labName = (id: string): string => `dbl-${id}`

export function parseLabId(text: string): string {
  if (!/^[a-z][a-z0-9]{0,10}$/.test(text)) {
    throw new Error(`"${text}" can't name a lab: a letter, then at most 10 letters or digits, all lower case`)
  }
  return text
}

export function cgroupRoot(): string {
  const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n')
  const mount = mounts.map((line) => line.split(' ')).find((fields) => fields[2] === 'cgroup2')?.[1]
  if (mount === undefined) throw new Error('the lab needs a mounted cgroup2 (mount -t cgroup2 none /sys/fs/cgroup)')
  return join(mount, 'drawbridge-lab')
}

export function machineBootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
}

export function readLab(id: string): LabRecord | null {
  try {
    // Labs of an earlier version had no token; they must go down all the same.
    return {
      token: '',
      ...(JSON.parse(readFileSync(join(labDir(id), 'lab.json'), 'utf8')) as Omit<LabRecord, 'token'> & {
        token?: string
      }),
    }
  } catch {
    return null
  }
}

export function listLabs(): LabRecord[] {
  if (!existsSync(RUNTIME_ROOT)) return []
  return readdirSync(RUNTIME_ROOT)
    .filter((name) => !name.startsWith('.'))
    .map(readLab)
    .filter((record) => record !== null)
}

/** Makes the lab's directory, which is the lock on its id, and picks a free 10.99.N.0/24. Throws when the id is taken. */
export function claimLab(id: string, owner: ProcessMark | null): LabRecord {
  mkdirSync(SUBNETS, { recursive: true })
  const dir = labDir(id)
  try {
    mkdirSync(dir, { mode: 0o755 })
  } catch {
    throw new Error(`there is already a lab "${id}" (${dir})`)
  }
  mkdirSync(join(dir, 'hosts'))
  const number = claimSubnet(id)
  const cgroup = join(cgroupRoot(), `lab-${id}`)
  const token = randomUUID()
  const record: LabRecord = {
    id,
    number,
    token,
    owner,
    machineBootId: machineBootId(),
    cgroup,
    createdAt: new Date().toISOString(),
  }
  writeEnv(dir, { lab: labName(id), number, cgroup, token })
  writeFileSync(join(dir, 'lab.json'), JSON.stringify(record))
  return record
}

function claimSubnet(id: string): number {
  const used = new Set(
    Object.values(networkInterfaces())
      .flatMap((list) => list ?? [])
      .map((entry) => entry.address),
  )
  for (let number = 1; number < 250; number++) {
    if ([...used].some((address) => address.startsWith(`10.99.${number}.`))) continue
    try {
      // Making a symlink is atomic, and whose it is can be read in the same breath.
      symlinkSync(id, join(SUBNETS, String(number)))
      return number
    } catch {
      continue
    }
  }
  rmSync(labDir(id), { recursive: true, force: true })
  throw new Error('all of 10.99.1.0/24 to 10.99.249.0/24 are taken: take down some labs (drawbridge lab down --all)')
}

/** Ends what is left of labs whose owner was killed, or which a machine's reboot cut off. */
export async function sweepStaleLabs(): Promise<string[]> {
  const boot = machineBootId()
  const stale = listLabs().filter((lab) => lab.machineBootId !== boot || (lab.owner !== null && !isAlive(lab.owner)))
  for (const lab of stale) await tearDown(lab)
  for (const name of existsSync(RUNTIME_ROOT) ? readdirSync(RUNTIME_ROOT) : []) {
    // Its maker was killed between the directory and the record; a minute is far more than lies between them.
    const abandoned = !name.startsWith('.') && readLab(name) === null && ageMs(labDir(name)) > 60_000
    if (abandoned) rmSync(labDir(name), { recursive: true, force: true })
  }
  if (existsSync(SUBNETS)) {
    for (const number of readdirSync(SUBNETS)) {
      const link = join(SUBNETS, number)
      // Another sweeper may have been here between the listing and now.
      if (lstatSync(link, { throwIfNoEntry: false }) && !existsSync(labDir(readlinkSync(link))))
        rmSync(link, { force: true })
    }
  }
  return stale.map((lab) => lab.id)
}

function ageMs(path: string): number {
  const stat = statSync(path, { throwIfNoEntry: false })
  return stat === undefined ? 0 : Date.now() - stat.mtimeMs
}

export async function tearDown({ id, token }: Pick<LabRecord, 'id' | 'token'>): Promise<void> {
  const ran = await run([script('teardown.sh'), labDir(id), token], { timeoutMs: 60_000 })
  if (ran.code !== 0 || ran.stderr !== '') throw new Error(`lab "${id}" did not go down cleanly: ${ran.stderr}`)
}

/** What the scripts source. Values are made by us and hold no shell syntax; that is checked, not trusted. */
export function writeEnv(dir: string, values: Record<string, string | number>): void {
  const lines = Object.entries(values).map(([key, value]) => {
    if (!/^[\w./:-]*$/.test(String(value))) throw new Error(`${key}: "${value}" is not fit for the lab's scripts`)
    return `${key}=${value}`
  })
  // Whole or absent: what is half written would end a script that sources it.
  writeFileSync(join(dir, 'env.new'), `${lines.join('\n')}\n`)
  renameSync(join(dir, 'env.new'), join(dir, 'env'))
}
