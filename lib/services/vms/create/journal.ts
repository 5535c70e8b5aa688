import * as z from 'zod'
import { deleteSetting, listSettings, readSetting, writeSetting } from '../../../store/settings.ts'

/**
 * What a creation under way has made, or was about to make, written down before it is made: whatever ends the process, or
 * libvirt, what is half-made is found again and taken back.
 */
const journalSchema = z.object({
  jobId: z.string(),
  hostId: z.string(),
  uuid: z.string(),
  name: z.string(),
  volumes: z.array(z.object({ pool: z.string(), volume: z.string() })),
})
export type Journal = z.infer<typeof journalSchema>

const prefix = 'vm-create:'
const keyOf = (uuid: string): string => prefix + uuid

export const writeJournal = (journal: Journal): Promise<void> => writeSetting(keyOf(journal.uuid), journal)
export const forgetJournal = (uuid: string): Promise<boolean> => deleteSetting(keyOf(uuid))

export async function readJournal(uuid: string): Promise<Journal | null> {
  const parsed = journalSchema.safeParse(await readSetting(keyOf(uuid)))
  return parsed.success ? parsed.data : null
}

export async function listJournals(hostId: string): Promise<Journal[]> {
  const rows = await listSettings(prefix)
  return rows
    .map(({ value }) => journalSchema.safeParse(value))
    .flatMap((parsed) => (parsed.success && parsed.data.hostId === hostId ? [parsed.data] : []))
}
