import { createHash, randomBytes } from 'node:crypto'
import { linesOf, oursOf, parseAnswer, sectionOf, valuesOf } from '../facts/answer.ts'
import { plainText } from '../kit/plain-text.ts'
import { err, ok, type Result } from '../kit/result.ts'
import { dropFilters, type ForwardSituation } from '../net/forward-filters.ts'
import { iptablesText, isNothing, sysctlText, tableText, type ForwardingConfig } from '../net/forwarding.ts'
import { sshFailure, type SshFailure } from '../ssh/failure.ts'
import { scriptText } from '../ssh/script.ts'
import type { Session } from '../ssh/session.ts'
import { fedScript, sectionedScript } from './fed-script.ts'

/** Why new rules are not in force. The title names cause and way out; the host is as it was. */
export interface ForwardingFailure {
  code: 'refused' | 'busy' | 'no-nft' | 'no-timer' | 'write' | 'undone' | 'ssh'
  title: string
  ssh?: SshFailure
}

/** What the host says, besides what was saved of ours, which is a stranger's text. */
export interface ForwardingReading extends Omit<ForwardSituation, 'inEffect'> {
  /** The file /etc/drawbridge/forwarding.json; null: there is none. */
  savedText: string | null
  /** Names of the chains in our table, among them the mark of what is loaded. */
  chains: string[]
}

const unitText = `# Written by Drawbridge: NAT, port forwards and isolation set up there for this host.
[Unit]
Description=Forwarding set up with Drawbridge
After=systemd-sysctl.service nftables.service iptables.service ip6tables.service netfilter-persistent.service ufw.service firewalld.service docker.service
# These flush all tables when they start anew, ours among them.
PartOf=nftables.service iptables.service ip6tables.service
ReloadPropagatedFrom=nftables.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh /etc/drawbridge/forwarding-load.sh /etc/drawbridge
ExecReload=/bin/sh /etc/drawbridge/forwarding-load.sh /etc/drawbridge

[Install]
WantedBy=multi-user.target
`

/** The name of a chain that says which rules are loaded. */
export const markOf = (config: ForwardingConfig): string =>
  `v_${createHash('sha256').update(tableText(config, 'v')).digest('hex').slice(0, 16)}`

/** The files of these rules by the names they have in /etc/drawbridge. An empty one is not needed. */
export function forwardingFiles(config: ForwardingConfig, routers: readonly string[]): Map<string, string> {
  return new Map([
    ['forwarding.json', isNothing(config) ? '' : `${JSON.stringify(config, null, 2)}\n`],
    ['forwarding.nft', tableText(config, markOf(config))],
    ['forwarding.iptables', iptablesText(config, 'ipv4')],
    ['forwarding.ip6tables', iptablesText(config, 'ipv6')],
    ['forwarding.sysctl', sysctlText(config, routers)],
    ['forwarding-load.sh', scriptText('lib/host/scripts/forwarding-load.sh')],
    ['drawbridge-forwarding.service', unitText],
  ])
}

/** Where a file of that name ends up. */
export const pathOf = (name: string): string =>
  name.endsWith('.service') ? `/etc/systemd/system/${name}` : `/etc/drawbridge/${name}`

export async function readForwarding(session: Session): Promise<Result<ForwardingReading, SshFailure>> {
  const { argv, stdin, nonce } = sectionedScript('lib/host/scripts/forwarding-read.sh')
  const ran = await session.exec(argv, { stdin, sudo: true })
  if (!ran.ok) return ran
  const answer = parseAnswer(ran.value.stdout.toString('utf8'), nonce)
  if (answer.sections.size === 0)
    return err(
      sshFailure('not-linux', `${session.place} did not say how it forwards.`, ran.value.stderr.toString('utf8')),
    )
  const ours = oursOf(answer)
  const values = valuesOf(sectionOf(answer, 'values'))
  const isOn = (path: string): boolean | null => {
    const value = values.get(path)?.trim()
    return value === undefined ? null : value !== '0'
  }
  const chains = sectionOf(answer, 'chains').text
  const saved = sectionOf(answer, 'config')
  return ok({
    filters: dropFilters(chains, { ipv4: ours.has('legacy-drop', 'ip'), ipv6: ours.has('legacy-drop', 'ip6') }),
    docker: ours.has('active', 'docker') || /^\tchain DOCKER-USER \{$/m.test(chains),
    ufw: ours.has('ufw', 'enabled') && /^\tchain ufw-/m.test(chains),
    firewalld: ours.has('active', 'firewalld'),
    brNetfilter: {
      ipv4: isOn('/proc/sys/net/bridge/bridge-nf-call-iptables') ?? false,
      ipv6: isOn('/proc/sys/net/bridge/bridge-nf-call-ip6tables') ?? false,
    },
    forwarding: {
      ipv4: isOn('/proc/sys/net/ipv4/ip_forward'),
      ipv6: isOn('/proc/sys/net/ipv6/conf/all/forwarding'),
    },
    passed: { ipv4: ours.has('passed', 'ip'), ipv6: ours.has('passed', 'ip6') },
    bridges: linesOf(sectionOf(answer, 'ports')).flatMap(
      (line) => /^\/sys\/class\/net\/([^/]{1,15})\/brif$/.exec(line)?.[1] ?? [],
    ),
    savedText: saved.code === 0 ? saved.text : null,
    chains: ownChains(chains),
  })
}

function ownChains(text: string): string[] {
  const table = /^table inet drawbridge \{$([\s\S]*?)^\}$/m.exec(text)?.[1] ?? ''
  return [...table.matchAll(/^\tchain (\S{1,64}) \{$/gm)].map(([, name = '']) => name)
}

// Connecting anew takes a second or two; shorter would undo what is right on a slow host, longer leaves what is wrong.
const undoSeconds = 20

/**
 * Loads these rules, and keeps them once `connect` reached the host anew; otherwise the host itself goes back to what
 * was, after 20 s at the latest. On an error the host is as it was before.
 */
export async function applyForwarding(
  session: Session,
  config: ForwardingConfig,
  routers: readonly string[],
  connect: () => Promise<Result<Session, SshFailure>>,
): Promise<Result<void, ForwardingFailure>> {
  const dir = `/run/drawbridge/forwarding-${randomBytes(8).toString('hex')}`
  for (const [name, text] of forwardingFiles(config, routers)) {
    const argv = [
      'sh',
      '-c',
      'mkdir -p -m 0700 /run/drawbridge && mkdir -p -m 0700 "$1" && cat >"$1/$2"',
      'sh',
      `${dir}/new`,
      name,
    ]
    const put = await session.exec(argv, { sudo: true, stdin: text })
    if (!put.ok) return err(bySsh(put.error))
    if (put.value.code !== 0)
      return err({
        code: 'write',
        title: `/run can’t be written on this host: ${plainText(put.value.stderr.toString('utf8'), 200)}`,
      })
  }
  const tried = await step(session, 'try', dir, String(undoSeconds))
  if (!tried.ok) return tried
  const anew = await connect()
  if (!anew.ok) {
    await step(session, 'undo', dir)
    return err({
      code: 'undone',
      title: `With these rules no new connection to the host succeeded, so they were undone. ${anew.error.title}`,
    })
  }
  try {
    return await step(anew.value, 'keep', dir)
  } finally {
    anew.value.close()
  }
}

const codes: readonly ForwardingFailure['code'][] = ['refused', 'busy', 'no-nft', 'no-timer', 'write', 'undone']

async function step(session: Session, ...args: string[]): Promise<Result<void, ForwardingFailure>> {
  const { argv, stdin } = fedScript('lib/host/scripts/forwarding.sh', ...args)
  const ran = await session.exec(argv, { sudo: true, stdin })
  if (!ran.ok) return err(bySsh(ran.error))
  const said = ran.value.stdout.toString('utf8')
  const error = /^=error (\S+) ?(.*)$/m.exec(said)
  if (error === null && /^=(loaded|kept|undone)$/m.test(said)) return ok(undefined)
  const code = codes.find((one) => one === error?.[1]) ?? 'refused'
  const text = plainText(error?.[2] ?? ran.value.stderr.toString('utf8'), 400)
  return err({
    code,
    title: code === 'refused' ? `The host did not take the rules: ${text || 'it said nothing.'}` : text,
  })
}

const bySsh = (ssh: SshFailure): ForwardingFailure => ({ code: 'ssh', title: ssh.title, ssh })
