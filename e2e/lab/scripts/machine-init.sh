#!/bin/busybox sh
# The initrd's init of a tier 2 host: finds the disk, lays the host's own files over it once, hands over to systemd.
b=/bin/busybox
$b mount -t devtmpfs dev /dev
$b mount -t proc proc /proc
for m in virtio_ring virtio virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci virtio_blk; do
  [ -f /modules/$m.ko ] && $b insmod /modules/$m.ko
done
i=0
while [ ! -b /dev/vda ] && [ $i -lt 100 ]; do $b usleep 50000; i=$((i + 1)); done
$b mount -t ext4 -o rw /dev/vda /new || exec $b sh
[ -e /new/etc/.lab-seeded ] || { $b cp -a /seed/. /new/ && : >/new/etc/.lab-seeded; }
$b mount --move /dev /new/dev
$b umount /proc
exec $b switch_root /new /sbin/init
