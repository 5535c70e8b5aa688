import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { expectOk, script } from './process.ts'

const HOST_PACKAGES = [
  ...['systemd', 'systemd-sysv', 'dbus', 'udev', 'libpam-systemd', 'openssh-server', 'sudo', 'ca-certificates', 'less'],
  ...['iproute2', 'ethtool', 'iputils-ping', 'iputils-arping', 'procps', 'kmod', 'nftables', 'tcpdump', 'iperf3'],
  ...['ifupdown', 'ifenslave', 'vlan', 'bridge-utils', 'isc-dhcp-client', 'network-manager', 'netplan.io'],
  ...['libvirt-daemon-system', 'libvirt-clients', 'libvirt-daemon-driver-qemu', 'qemu-system-x86', 'qemu-utils'],
  ...['dnsmasq-base', 'openvswitch-switch', 'netcat-openbsd', 'python3-minimal'],
]

export type Layer = 'rootfs' | 'ifupdown2' | 'guest'

export function cacheDir(): string {
  const set = process.env['DRAWBRIDGE_LAB_CACHE']
  if (set !== undefined && set !== '') return set
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'drawbridge-lab')
}

/** What a layer is made from decides its name, so a changed script or package list is a new layer, not a stale one. */
export function layerPath(layer: Layer): string {
  const sources: Record<Layer, string[]> = {
    rootfs: ['build-rootfs.sh', 'furnish-rootfs.sh'],
    ifupdown2: ['build-rootfs.sh', 'furnish-rootfs.sh', 'build-ifupdown2.sh'],
    guest: ['build-guest.sh', 'guest-init.sh', 'guest-modules', 'guest-cmdline'],
  }
  const hash = createHash('sha256')
  if (layer !== 'guest') hash.update(HOST_PACKAGES.join(' '))
  for (const name of sources[layer]) hash.update(readFileSync(script(name)))
  return join(cacheDir(), `${layer}-${hash.digest('hex').slice(0, 12)}`)
}

/** The layer's directory, built now if the cache has none. Whoever comes second waits for the first one's. */
export async function ensureLayer(layer: Layer, say: (line: string) => void): Promise<string> {
  const path = layerPath(layer)
  if (existsSync(path)) return path
  mkdirSync(cacheDir(), { recursive: true })
  const args = layer === 'rootfs' ? [HOST_PACKAGES.join(',')] : layer === 'ifupdown2' ? [await ensureLayer('rootfs', say)] : []
  say(`building ${layer} (once; kept in ${cacheDir()})`)
  await expectOk(['flock', `${path}.lock`, script('build-once.sh'), path, script(`build-${layer}.sh`), ...args])
  return path
}
