import type { TuningCheck } from './check.ts'
import { command, type Command } from './command.ts'
import { libvirtSilence, type Situation } from './preparation.ts'

const directory = '/var/lib/libvirt/images'
const virsh = (...words: string[]): Command => command('virsh', '-q', '-c', 'qemu:///system', ...words)
const defaultOf = ({ facts }: Situation) => facts.storagePools.find(({ name }) => name === 'default')

export const storagePool: TuningCheck = {
  id: 'storage-pool',
  title: 'A storage pool',
  why: 'VM disks and installation images live in a storage pool; one named “default” is what tools and people look for.',
  evaluate: (situation) => {
    const silence = libvirtSilence(situation)
    if (silence !== null) return { state: 'unknown', evidence: silence }
    const { storagePools } = situation.facts
    const pool = defaultOf(situation)
    if (pool !== undefined) {
      if (!pool.active) return { state: 'missing', evidence: 'The pool “default” is defined but not started.' }
      if (!pool.autostart)
        return { state: 'missing', evidence: 'The pool “default” runs, but does not start with the host.' }
      return { state: 'ok', evidence: `“default” (${pool.type}) keeps its volumes in ${pool.path ?? 'its source'}.` }
    }
    const other = storagePools.find(({ active, autostart }) => active && autostart)
    return other === undefined
      ? { state: 'missing', evidence: 'No storage pool is running and set to start with the host.' }
      : { state: 'ok', evidence: `“${other.name}” (${other.type}) is there.` }
  },
  fix: (situation) => {
    if (libvirtSilence(situation) !== null) return null
    const pool = defaultOf(situation)
    return {
      sentence:
        pool === undefined
          ? `Define the pool “default” in ${directory}, start it, and start it with the host.`
          : 'Start the pool “default”, now and with the host.',
      commands: [
        ...(pool === undefined
          ? [virsh('pool-define-as', 'default', 'dir', '--target', directory), virsh('pool-build', 'default')]
          : []),
        ...(pool?.active === true ? [] : [virsh('pool-start', 'default')]),
        ...(pool?.autostart === true ? [] : [virsh('pool-autostart', 'default')]),
      ],
    }
  },
}
