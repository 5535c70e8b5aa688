#!/bin/bash
# host-root.sh HOSTDIR OVERLAY: pid 1 of a host's namespaces; makes its NICs and root file system, then becomes systemd.
set -e
dir=$1 overlay=$2
. "$dir/env"
root=$dir/disk/root

ip link set lo up
mac() { echo -n "$lab/$host/$1" | md5sum | sed 's/^\(..\)\(..\)\(..\)\(..\)\(..\).*/02:\1:\2:\3:\4:\5/'; }
for ((i = 1; i <= nics; i++)); do
  # The other end of the last boot's cable can outlive its namespace by a moment.
  ip -n "$lab" link del "$host-$i" 2>/dev/null || true
  ip link add "enp${i}s0" address "$(mac $i)" numtxqueues 4 numrxqueues 4 type veth \
    peer name "$host-$i" netns "$lab" mtu 9000 numtxqueues 4 numrxqueues 4
  ip -n "$lab" link set "$host-$i" master lan
  [ -e "$dir/unplugged-$i" ] || ip -n "$lab" link set "$host-$i" up
done

mount -t overlay overlay -o "$overlay" "$root"
# /proc is still the machine's, so this is the pid by which the machine knows this init.
read -r -a stat </proc/self/stat

mount -t proc -o nosuid,nodev,noexec proc "$root/proc"
mount -t sysfs -o nosuid,nodev,noexec sysfs "$root/sys"
mount -t cgroup2 -o nosuid,nodev,noexec cgroup2 "$root/sys/fs/cgroup"
mount -t tmpfs -o mode=755,nosuid tmpfs "$root/dev"
for node in null:1:3 zero:1:5 full:1:7 random:1:8 urandom:1:9 tty:5:0; do
  IFS=: read -r name major minor <<<"$node"
  mknod -m666 "$root/dev/$name" c "$major" "$minor"
done
mkdir "$root"/dev/{pts,shm,net,mqueue}
mknod -m666 "$root/dev/net/tun" c 10 200
[ "$kvm" = absent ] || mknod -m666 "$root/dev/kvm" c 10 232
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs "$root/dev/shm"
ln -s /proc/self/fd "$root/dev/fd"
ln -s fd/0 "$root/dev/stdin"
ln -s fd/1 "$root/dev/stdout"
ln -s fd/2 "$root/dev/stderr"
mount -t tmpfs -o mode=755,nosuid,nodev tmpfs "$root/run"
mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs "$root/tmp"
# These have no namespace: the host's systemd-sysctl would set the machine's own. net.* stays writable.
for path in /proc/sys/kernel /proc/sys/fs /proc/sys/vm /proc/sys/dev /proc/sysrq-trigger /sys/power /sys/firmware /sys/module; do
  [ -e "$root$path" ] && mount --bind "$root$path" "$root$path" && mount -o remount,bind,ro "$root$path"
done
hostname "$host"
# Nor has boot_id, by which the product sees that a host was restarted.
cat /proc/sys/kernel/random/uuid >"$root/run/.boot_id"
mount --bind "$root/run/.boot_id" "$root/proc/sys/kernel/random/boot_id"

cd "$root"
mkdir -p .old
pivot_root . .old
# Only now: who enters the namespaces by this pid must find the host's files there, never the machine's.
echo "${stat[0]} ${stat[21]}" >"/.old$dir/init.new"
mv "/.old$dir/init.new" "/.old$dir/init"
exec env -i container=lab PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin TERM=dumb LANG=C.UTF-8 \
  chroot . /bin/sh -c 'umount -l /.old; rmdir /.old 2>/dev/null; exec /lib/systemd/systemd --log-target=journal'
