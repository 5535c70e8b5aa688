#!/bin/bash
# machine-keeper.sh HOSTDIR: looks after one tier 2 host: its disk, its taps on the switch, its QEMU.
set -u
dir=$1
. "$dir/env"   # as for keeper.sh, and machine (layer), kernel (layer), vcpus, memory_mib
here=$(cd "$(dirname "$0")" && pwd)
if [ "${2:-}" != inside ]; then
  mkdir -p "$cgroup/$host.keeper" "$cgroup/$host.host"
  echo $$ >"$cgroup/$host.keeper/cgroup.procs"
  exec unshare --mount --propagation slave "$0" "$dir" inside
fi
read -r -a stat </proc/self/stat
echo "$$ ${stat[21]}" >"$dir/keeper"
exec 7<>"$dir/power"
say() { echo "$1" >"$dir/state.new" && mv "$dir/state.new" "$dir/state"; }
give_up() { say "failed: $1"; exit 1; }

# Snapshots of its memory are kept in the disk's file.
mkdir -p "$dir/disk"
mount -t tmpfs -o size=80% tmpfs "$dir/disk" || give_up 'no tmpfs for its disk'
mkdir -p "$dir"/disk/{upper,work,root}
mount -t overlay overlay -o "lowerdir=$layers,upperdir=$dir/disk/upper,workdir=$dir/disk/work" "$dir/disk/root" || give_up 'no overlay to write its files in'
"$here/seed-host.sh" "$dir" "$dir/disk/root" || give_up 'its files could not be written, see console.log'
umount "$dir/disk/root"
# The upper layer is just what makes this host differ: the initrd lays it over the image at the first boot.
mkdir "$dir/disk/pack" && mv "$dir/disk/upper" "$dir/disk/pack/seed"
{ cat "$machine/initrd.img"; (cd "$dir/disk/pack" && find . | cpio -o -H newc --quiet); } >"$dir/disk/initrd.img"
rm -rf "$dir/disk/pack"
qemu-img create -q -f qcow2 -b "$machine/disk.qcow2" -F qcow2 "$dir/disk/disk.qcow2" || give_up 'no disk'

mac() { echo -n "$lab/$host/$1" | md5sum | sed 's/^\(..\)\(..\)\(..\)\(..\)\(..\).*/02:\1:\2:\3:\4:\5/'; }
devices=()
for ((i = 1; i <= nics; i++)); do
  ip -n "$lab" tuntap add "$host-$i" mode tap multi_queue
  ip -n "$lab" link set "$host-$i" mtu 9000 master lan up
  # A root port of its own is what makes the machine call it enp${i}s0. All slots are named, here and below: QEMU gives
  # a device without one the first that is free when its turn comes, which may be another's.
  devices+=(-netdev "tap,id=n$i,ifname=$host-$i,script=no,downscript=no,queues=2"
    -device "pcie-root-port,id=rp$i,chassis=$i,bus=pcie.0,addr=0x$((i + 1))"
    -device "virtio-net-pci,bus=rp$i,netdev=n$i,mac=$(mac $i),mq=on,vectors=6,host_mtu=9000,romfile=")
done

while :; do
  say running
  (
    exec 7<&-
    echo $BASHPID >"$cgroup/$host.host/cgroup.procs"
    read -r -a stat </proc/self/stat
    echo "$BASHPID ${stat[21]}" >"$dir/init.new" && mv "$dir/init.new" "$dir/init"
    exec ip netns exec "$lab" qemu-system-x86_64 -name "$lab-$host" -nodefaults -display none -M q35 \
      -accel tcg,thread=multi,tb-size=512 -cpu max -smp "$vcpus" -m "$memory_mib" \
      -kernel "$kernel/var/lib/libvirt/images/vmlinuz" -initrd "$dir/disk/initrd.img" \
      -append "$(cat "$here/guest-cmdline") root=/dev/vda systemd.show_status=0" \
      -drive "file=$dir/disk/disk.qcow2,if=none,id=disk,format=qcow2,cache=unsafe" \
      -device virtio-blk-pci,drive=disk,addr=0x1a \
      -serial "file:$dir/serial.log" -qmp "unix:$dir/monitor.sock,server=on,wait=off" \
      -device virtio-serial-pci,addr=0x1b -chardev "socket,id=exec,path=$dir/exec.sock,server=on,wait=off" \
      -device virtserialport,chardev=exec,name=lab.exec -device virtio-rng-pci,addr=0x1c "${devices[@]}"
  ) &
  wait $!
  echo "$host: QEMU ended with $?"
  rm -f "$dir/init" "$dir/exec.sock" "$dir/monitor.sock"
  say off
  read -r _ <&7
done
