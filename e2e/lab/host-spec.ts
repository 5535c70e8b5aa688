/** The password of root, kvmadmin and limited. sshd takes root's only with `rootPassword`, as Debian's does. */
export const LAB_PASSWORD = 'drawbridge-lab'
export const FLAVOURS = ['networkd', 'netplan', 'networkmanager', 'ifupdown', 'ifupdown2'] as const
export type Flavour = (typeof FLAVOURS)[number]

export type HostSpec = {
  name?: string
  flavour?: Flavour
  /** Come up with br0, enp1s0 as its port and the address on it, written in the flavour's own files. */
  bridge?: boolean
  /** enp1s0 (which carries SSH) … enpNs0, all on the lab's switch. */
  nics?: number
  /** `machine` hands in this machine's /dev/kvm as it is; `emulated` also lets `type='kvm'` domains run, as TCG. */
  kvm?: 'absent' | 'machine' | 'emulated'
  /** The most its changed files may take, in memory. Tier 1 only: a whole machine's disk has 6 GiB. */
  diskMib?: number
  rootPassword?: boolean
}

export type HostRecord = Required<HostSpec> & { tier: 1 | 2; octet: number; address: string; address6: string }
export type Fingerprint = { type: string; sha256: string }
