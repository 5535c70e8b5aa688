#!/bin/bash
# keeper.sh HOSTDIR: looks after one tier 1 host for as long as the host exists: its disk, its boots, its being off.
set -u
dir=$1
. "$dir/env"   # host octet flavour bridge nics kvm layers disk_mib root_password lab number cgroup
here=$(cd "$(dirname "$0")" && pwd)
if [ "${2:-}" != inside ]; then
  mkdir -p "$cgroup/$host.keeper" "$cgroup/$host.host"
  echo $$ >"$cgroup/$host.keeper/cgroup.procs"
  # The host's disk is mounted in this namespace only: when the keeper is gone, so is the mount.
  exec unshare --mount --propagation slave "$0" "$dir" inside
fi
read -r -a stat </proc/self/stat
echo "$$ ${stat[21]}" >"$dir/keeper"
exec 7<>"$dir/power"
say() { echo "$1" >"$dir/state.new" && mv "$dir/state.new" "$dir/state"; }

mkdir -p "$dir/disk"
mount -t tmpfs -o "size=${disk_mib}m,mode=755" tmpfs "$dir/disk" || { say 'failed: no tmpfs for its disk'; exit 1; }
mkdir -p "$dir"/disk/{upper,work,root}
overlay="lowerdir=$layers,upperdir=$dir/disk/upper,workdir=$dir/disk/work"
mount -t overlay overlay -o "$overlay" "$dir/disk/root" || { say 'failed: no overlay for its root'; exit 1; }
"$here/seed-host.sh" "$dir" "$dir/disk/root" || { say 'failed: its files could not be written, see console.log'; exit 1; }
umount "$dir/disk/root"

while :; do
  say running
  (
    echo $BASHPID >"$cgroup/$host.host/cgroup.procs"
    exec 7<&-
    exec unshare --net --mount --uts --ipc --cgroup --pid --fork --kill-child --propagation private "$here/host-root.sh" "$dir" "$overlay"
  ) &
  wait $!
  ended=$?
  rm -f "$dir/init"
  echo "$host: init ended with $ended"
  # A pid namespace's init is killed by SIGHUP when it asks to reboot, by SIGINT when it asks to halt.
  [ $ended = 129 ] && continue
  say off
  read -r _ <&7
done
