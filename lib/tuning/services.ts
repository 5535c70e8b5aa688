import type { Unit } from '../facts/parse-services.ts'
import type { TuningCheck } from './check.ts'
import { command, type Command } from './command.ts'
import type { Situation } from './preparation.ts'

// One daemon for all, or one per kind (Fedora, RHEL 9, recent SUSE): whichever the host has.
const modular = ['virtqemud', 'virtnetworkd', 'virtstoraged'] as const
const isThere = ({ load }: Unit): boolean => load !== 'not-found'
const isEnabled = ({ file }: Unit): boolean => file.startsWith('enabled') || file === 'static' || file === 'alias'

/** The daemons that this host should run, or none when libvirt is not installed. */
function daemonsOf({ preparation: { unit } }: Situation): string[] {
  const isModular = isThere(unit('virtqemud.service')) && unit('libvirtd.service').active !== 'active'
  const prefersOld = isEnabled(unit('libvirtd.service')) || !isThere(unit('virtqemud.service'))
  if (isModular && !prefersOld) return modular.filter((name) => isThere(unit(`${name}.service`)))
  return isThere(unit('libvirtd.service')) ? ['libvirtd'] : []
}

const answers = ({ unit }: Situation['preparation'], name: string): boolean =>
  unit(`${name}.service`).active === 'active' || unit(`${name}.socket`).active === 'active'

/** Enabled as a service: its socket alone would start no VM at boot, because nobody has asked yet. */
const startsAtBoot = ({ unit }: Situation['preparation'], name: string): boolean => isEnabled(unit(`${name}.service`))

const isMasked = ({ unit }: Situation['preparation'], name: string): boolean =>
  [`${name}.service`, `${name}.socket`].some((full) => unit(full).load === 'masked' || unit(full).file === 'masked')

export const services: TuningCheck = {
  id: 'services',
  title: 'libvirt runs, and starts with the host',
  why: 'Drawbridge manages VMs through libvirt. Enabled at boot, it also starts the VMs that are set to start with the host.',
  evaluate: (situation) => {
    const { facts, preparation } = situation
    if (facts.os.initSystem !== 'systemd')
      return facts.libvirt.state === 'running'
        ? {
            state: 'ok',
            evidence: 'libvirt answers. This host does not use systemd, so its start at boot is not checked.',
          }
        : {
            state: 'unknown',
            evidence: 'libvirt does not answer, and this host does not use systemd: start it by hand.',
          }
    const daemons = daemonsOf(situation)
    if (daemons.length === 0) return { state: 'missing', evidence: 'libvirt is not installed.' }
    const silent = daemons.filter((name) => !answers(preparation, name))
    const off = daemons.filter((name) => !startsAtBoot(preparation, name))
    if (silent.length === 0 && off.length === 0)
      return { state: 'ok', evidence: `${daemons.join(', ')}: running and enabled.` }
    const parts = [
      ...(silent.length > 0 ? [`not running: ${silent.join(', ')}`] : []),
      ...(off.length > 0 ? [`not enabled at boot: ${off.join(', ')}`] : []),
    ]
    return { state: 'missing', evidence: `${capital(parts.join('; '))}.` }
  },
  fix: (situation) => {
    const { facts, preparation } = situation
    const daemons = daemonsOf(situation)
    if (facts.os.initSystem !== 'systemd' || daemons.length === 0) return null
    const commands = daemons.flatMap((name): Command[] => [
      ...(isMasked(preparation, name)
        ? [command('systemctl', 'unmask', `${name}.service`, ...socketOf(preparation, name))]
        : []),
      ...(startsAtBoot(preparation, name) ? [] : [command('systemctl', 'enable', `${name}.service`)]),
      // Started by its socket, a daemon takes over the VMs that already run.
      ...(answers(preparation, name)
        ? []
        : [
            command(
              'systemctl',
              'start',
              ...(socketOf(preparation, name)[0] === undefined ? [`${name}.service`] : socketOf(preparation, name)),
            ),
          ]),
    ])
    return { sentence: `Enable and start ${daemons.join(', ')}.`, commands }
  },
}

const socketOf = ({ unit }: Situation['preparation'], name: string): string[] =>
  isThere(unit(`${name}.socket`)) ? [`${name}.socket`] : []

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
