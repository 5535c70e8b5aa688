#!/bin/bash
# build-machine.sh OUT ROOTFS GUEST: the disk of a tier 2 host: the tier 1 rootfs with GUEST's kernel modules
# and machine-packages, and a tiny initrd.
set -euo pipefail
out=$1 rootfs=$2 guest=$3
here=$(cd "$(dirname "$0")" && pwd)
if [ "${4:-}" != inside ]; then
  exec unshare --mount --propagation private "$0" "$out" "$rootfs" "$guest" inside
fi
part=$out.part
rm -rf --one-file-system "$part"
mkdir -p "$part"/{upper,work,root,initrd}
mount -t overlay overlay -o "lowerdir=$rootfs,upperdir=$part/upper,workdir=$part/work" "$part/root"
root=$part/root
modules=$(ls -d "$guest"/kernel/*)
version=${modules##*/}
mkdir -p "$root/lib/modules" "$root/var/lib/libvirt/images"
cp -a "$modules" "$root/lib/modules/"
chroot "$root" depmod "$version"
cp -a "$guest"/var/lib/libvirt/images/. "$root/var/lib/libvirt/images/"
# What needs a kernel of its own: volume groups, and an NFS server. Nothing of it starts by itself.
mount -t proc proc "$root/proc"
mount -t tmpfs tmpfs "$root/tmp"
cp /etc/resolv.conf "$root/etc/resolv.conf"
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod +x "$root/usr/sbin/policy-rc.d"
for file in /etc/apt/apt.conf.d/*proxy*; do [ -e "$file" ] && cp "$file" "$root/etc/apt/apt.conf.d/"; done
export DEBIAN_FRONTEND=noninteractive
chroot "$root" apt-get -qq -o Acquire::Languages=none -o Acquire::Check-Date=false -o Acquire::Check-Valid-Until=false update
chroot "$root" apt-get -qq -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-unsafe-io -y --no-install-recommends install \
  $(cat "$here/machine-packages") >/dev/null
rm -rf "$root/usr/sbin/policy-rc.d" "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/*.bin "$root"/var/cache/apt/archives/*.deb
chroot "$root" systemctl -q disable nfs-server nfs-client.target rpcbind.service rpcbind.socket \
  lvm2-monitor lvm2-lvmpolld.socket blk-availability dm-event.socket
umount "$root/tmp" "$root/proc"
echo '/dev/vda / ext4 rw 0 1' >"$root/etc/fstab"
printf 'kvm_amd\nvhost_net\nvirtio_console\n' >"$root/etc/modules-load.d/lab.conf"
# A kernel of its own may load modules; the namespaces of tier 1 may not.
rm -f "$root/etc/systemd/system/modprobe@.service"
install -m755 "$here/machine-agent.pl" "$root/usr/local/sbin/lab-agent"
cp "$here/machine-agent.service" "$root/etc/systemd/system/lab-agent.service"
chroot "$root" systemctl -q enable lab-agent
mke2fs -q -F -t ext4 -O ^has_journal -m 0 -d "$root" "$part/disk.raw" 6G
umount "$root"
qemu-img convert -f raw -O qcow2 "$part/disk.raw" "$part/disk.qcow2"

initrd=$part/initrd
mkdir -p "$initrd"/{bin,dev,proc,sys,new,modules}
cp /bin/busybox "$initrd/bin/"
ln -s busybox "$initrd/bin/sh"
for module in virtio_ring virtio virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci virtio_blk; do
  file=$(find "$modules" -name "$module.ko" -print -quit)
  [ -n "$file" ] && cp "$file" "$initrd/modules/"
done
install -m755 "$here/machine-init.sh" "$initrd/init"
(cd "$initrd" && find . | cpio -o -H newc --quiet) >"$part/initrd.img"
rm -rf --one-file-system "$part"/{upper,work,root,initrd,disk.raw}
mv -T "$part" "$out"
