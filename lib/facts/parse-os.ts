import { linesOf, oursOf, sectionOf, valuesOf, type Answer } from './answer.ts'
import type { OsFacts } from './facts.ts'
import { lineText, nameText, wholeNumber } from './text.ts'

/** os-release(5): KEY=value, KEY="value" or KEY='value', with \ before " $ ` \. */
function parseOsRelease(lines: readonly string[]): Map<string, string> {
  const values = new Map<string, string>()
  for (const line of lines) {
    const found = /^([A-Z][A-Z0-9_]{0,63})=(.*)$/.exec(line.trim())
    if (found === null) continue
    const [, key = '', raw = ''] = found
    const quoted = /^(["'])(.*)\1$/.exec(raw)?.[2] ?? raw
    values.set(key, quoted.replaceAll(/\\(["'$`\\])/g, '$1'))
  }
  return values
}

export function parseOs(answer: Answer): { os: OsFacts; hostname: string; bootId: string; machineId: string | null } {
  const ours = oursOf(answer)
  const values = valuesOf(sectionOf(answer, 'values'))
  const release = parseOsRelease(linesOf(sectionOf(answer, 'os-release')))
  const word = (key: string) => nameText(release.get(key)?.trim() ?? '', 32).toLowerCase()
  const virtualization = linesOf(sectionOf(answer, 'virtualization'))[0]?.trim() ?? null
  const btime = wholeNumber(values.get('/proc/stat')?.replace(/^btime /, ''))
  const uptime = /^(\d{1,10}(?:\.\d{1,3})?) /.exec(values.get('/proc/uptime') ?? '')?.[1]
  const bootId = values.get('/proc/sys/kernel/random/boot_id')?.trim() ?? ''
  const machineId = values.get('/etc/machine-id')?.trim() ?? ''
  return {
    os: {
      id: word('ID') || 'linux',
      like: word('ID_LIKE').split(/\s+/).filter(Boolean).slice(0, 8),
      name: lineText(release.get('PRETTY_NAME') ?? release.get('NAME') ?? '', 100) ?? 'Linux',
      version: lineText(release.get('VERSION_ID') ?? '', 32),
      kernel: lineText(values.get('/proc/sys/kernel/osrelease') ?? '', 100) ?? 'unknown',
      architecture: lineText(ours.first('machine') ?? '', 32) ?? 'unknown',
      // Beyond the year 9999 it is no time.
      bootedAt: btime !== null && btime > 0 && btime < 253_402_300_800 ? new Date(btime * 1000).toISOString() : null,
      uptimeSeconds: uptime === undefined ? null : Math.floor(Number(uptime)),
      packageManager: ours.has('tool', 'apt-get')
        ? 'apt'
        : ours.has('tool', 'zypper')
          ? 'zypper'
          : ours.has('tool', 'dnf')
            ? 'dnf'
            : null,
      initSystem: ours.has('init', 'systemd') ? 'systemd' : 'other',
      virtualization:
        virtualization === null || virtualization === 'none' || !/^[a-z0-9-]{1,32}$/.test(virtualization)
          ? null
          : virtualization,
    },
    hostname: lineText(values.get('/proc/sys/kernel/hostname') ?? '', 253) ?? 'unknown',
    bootId: /^[0-9a-f-]{36}$/.test(bootId) ? bootId : '',
    machineId: /^[0-9a-f]{32}$/.test(machineId) ? machineId : null,
  }
}
