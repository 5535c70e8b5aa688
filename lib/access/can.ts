export const roles = ['admin', 'operator', 'viewer'] as const
export type Role = (typeof roles)[number]
/** A role as a row holds it; null when it is none that we know. */
export const parseRole = (text: unknown): Role | null => roles.find((role) => role === text) ?? null

/** Whoever asks: a signed-in person, a bearer token, or the process itself (jobs, sampler). `address` is the client's. */
export type Actor =
  | { kind: 'user'; id: string; name: string; role: Role; teamId: string; sessionId: string; address: string | null }
  | { kind: 'token'; id: string; name: string; role: Role; teamId: string; address: string | null }
  | { kind: 'system'; name: string; address?: string | null }

/** Every verb a service knows, with the least role that may do it. A new verb without a line here does not compile. */
const leastRole = {
  'host.read': 'viewer',
  'host.probe': 'operator',
  'host.add': 'admin',
  'host.edit': 'operator',
  'host.remove': 'admin',
  'host.repin': 'admin',
  'host.refresh': 'operator',
  'host.prepare': 'operator',
  'host.network': 'operator',
  'vm.read': 'viewer',
  'vm.create': 'operator',
  'vm.edit': 'operator',
  'vm.power': 'operator',
  'vm.console': 'operator',
  'vm.migrate': 'operator',
  'vm.remove': 'operator',
  'storage.read': 'viewer',
  'storage.manage': 'operator',
  'preset.read': 'viewer',
  'preset.manage': 'admin',
  'live.read': 'viewer',
  'job.read': 'viewer',
  'job.cancel': 'operator',
  'audit.read': 'operator',
  'token.manage': 'admin',
  'user.manage': 'admin',
  'account.own': 'viewer',
  'metrics.read': 'viewer',
} as const satisfies Record<string, Role>

export type Action = keyof typeof leastRole
export const actions = Object.keys(leastRole) as Action[]

const rank: Record<Role, number> = { viewer: 0, operator: 1, admin: 2 }

const what: Record<Action, string> = {
  'host.read': 'see hosts',
  'host.probe': 'probe an address',
  'host.add': 'add a host',
  'host.edit': 'edit a host',
  'host.remove': 'remove a host',
  'host.repin': 'trust a changed host key',
  'host.refresh': 'read a host again',
  'host.prepare': 'prepare a host',
  'host.network': 'change a host’s network',
  'vm.read': 'see VMs',
  'vm.create': 'create VMs',
  'vm.edit': 'edit VMs',
  'vm.power': 'start and stop VMs',
  'vm.console': 'open consoles of VMs',
  'vm.migrate': 'move VMs to other hosts',
  'vm.remove': 'delete VMs',
  'storage.read': 'see images and storage pools',
  'storage.manage': 'change images and storage pools',
  'preset.read': 'see presets',
  'preset.manage': 'make presets',
  'live.read': 'see live figures',
  'job.read': 'see jobs',
  'job.cancel': 'cancel a job',
  'audit.read': 'read the audit log',
  'token.manage': 'manage API tokens',
  'user.manage': 'manage people',
  'account.own': 'change your own account',
  'metrics.read': 'read metrics',
}

/**
 * Why this actor may not do this, as one sentence, or null when they may.
 * The same words are the tooltip of the disabled button and the title of the 403.
 */
export function refusal(
  actor: Pick<Extract<Actor, { role: Role }>, 'role'> | { kind: 'system' },
  action: Action,
): string | null {
  if (!('role' in actor)) return null
  const least = leastRole[action]
  if (rank[actor.role] >= rank[least]) return null
  return `Your role (${actor.role}) may not ${what[action]}; ask for the role ${least}.`
}
