import { existsSync, readFileSync } from 'node:fs'
import { cgroupRoot } from './runtime.ts'
import { expectOk, run } from './process.ts'

/** A command each package is needed for, by its path. */
const TOOLS: Record<string, string> = {
  mmdebstrap: '/usr/bin/mmdebstrap',
  'busybox-static': '/bin/busybox',
  'dnsmasq-base': '/usr/sbin/dnsmasq',
  iproute2: '/sbin/ip',
  'iputils-ping': '/bin/ping',
  'openssh-client': '/usr/bin/ssh-keygen',
  cpio: '/bin/cpio',
  fdisk: '/sbin/sfdisk',
  dosfstools: '/sbin/mkfs.vfat',
  mtools: '/usr/bin/mcopy',
  syslinux: '/usr/bin/syslinux',
  'syslinux-common': '/usr/lib/syslinux/mbr/mbr.bin',
  'qemu-utils': '/usr/bin/qemu-img',
  xorriso: '/usr/bin/xorriso',
}
const MACHINE_TOOLS: Record<string, string> = {
  'qemu-system-x86': '/usr/bin/qemu-system-x86_64',
  e2fsprogs: '/sbin/mke2fs',
}

export type Requirements = { tier: 1 | 2; say: (line: string) => void }

/** Throws a sentence that says what is missing; packages it installs itself. */
export async function ensureRequirements({ tier, say }: Requirements): Promise<void> {
  if (process.platform !== 'linux' || process.arch !== 'x64') throw new Error('the lab needs Linux on x86-64')
  if (process.getuid?.() !== 0) throw new Error('the lab makes namespaces and mounts: run it as root')
  const release = readFileSync('/etc/os-release', 'utf8')
  if (!/^ID=debian$/m.test(release)) {
    throw new Error("the lab builds its hosts from this machine's own apt sources and needs Debian (12 is tested)")
  }
  cgroupRoot()
  if (!/\toverlay$/m.test(readFileSync('/proc/filesystems', 'utf8'))) {
    const modprobe = await run(['modprobe', 'overlay']).catch(() => ({ code: 127 }))
    if (modprobe.code !== 0)
      throw new Error('the kernel has no overlayfs (modprobe overlay), which every lab host needs')
  }
  const wanted = tier === 2 ? { ...TOOLS, ...MACHINE_TOOLS } : TOOLS
  const missing = Object.entries(wanted)
    .filter(([, path]) => !existsSync(path))
    .map(([name]) => name)
  if (missing.length > 0) await installPackages(missing, say)
}

async function installPackages(names: readonly string[], say: (line: string) => void): Promise<void> {
  say(`installing ${names.join(' ')}`)
  const apt = ['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-q', '-o', 'DPkg::Lock::Timeout=300']
  const install = [...apt, 'install', '-y', '--no-install-recommends', ...names]
  const first = await run(install)
  if (first.code === 0) return
  await expectOk([...apt, 'update'])
  await expectOk(install)
}
