#!/bin/bash
# build-ifupdown2.sh OUT ROOTFS: an overlay layer that turns the rootfs (ifupdown) into an ifupdown2 host; the two conflict.
set -euo pipefail
out=$1 rootfs=$2
if [ "${3:-}" != inside ]; then
  # Its mounts die with this namespace, whatever happens in it.
  exec unshare --mount --propagation private "$0" "$out" "$rootfs" inside
fi
work=$out.part
rm -rf --one-file-system "$work"
mkdir -p "$work"/{upper,work,root}
mount -t overlay overlay -o "lowerdir=$rootfs,upperdir=$work/upper,workdir=$work/work" "$work/root"
mount -t proc proc "$work/root/proc"
mount -t tmpfs tmpfs "$work/root/tmp"
cp /etc/resolv.conf "$work/root/etc/resolv.conf"
printf '#!/bin/sh\nexit 101\n' >"$work/root/usr/sbin/policy-rc.d"
chmod +x "$work/root/usr/sbin/policy-rc.d"
for file in /etc/apt/apt.conf.d/*proxy*; do [ -e "$file" ] && cp "$file" "$work/root/etc/apt/apt.conf.d/"; done
export DEBIAN_FRONTEND=noninteractive
chroot "$work/root" apt-get -qq -o Acquire::Languages=none -o Acquire::Check-Date=false -o Acquire::Check-Valid-Until=false update
chroot "$work/root" apt-get -qq -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-unsafe-io -y --no-install-recommends install ifupdown2
rm -rf "$work/root/usr/sbin/policy-rc.d" "$work"/root/var/lib/apt/lists/*
umount "$work/root/tmp" "$work/root/proc" "$work/root"
mv -T "$work/upper" "$out"
rm -rf --one-file-system "$work"
