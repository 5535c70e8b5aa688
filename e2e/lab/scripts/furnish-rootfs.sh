#!/bin/bash
# furnish-rootfs.sh ROOT: what every lab host has in common: its users, and nothing that would wait or wake up by itself.
set -euo pipefail
root=$1
password=drawbridge-lab   # LAB_PASSWORD in host-spec.ts

: >"$root/etc/machine-id"
rm -f "$root"/etc/ssh/ssh_host_*
chroot "$root" useradd -m -s /bin/bash -G sudo,libvirt kvmadmin
chroot "$root" useradd -m -s /bin/bash -G sudo limited
printf '%s\n' "root:$password" "kvmadmin:$password" "limited:$password" | chroot "$root" chpasswd -c SHA512
echo 'kvmadmin ALL=(ALL) NOPASSWD:ALL' >"$root/etc/sudoers.d/kvmadmin"
chmod 440 "$root/etc/sudoers.d/kvmadmin"

chroot "$root" systemctl -q mask NetworkManager-wait-online systemd-networkd-wait-online \
  apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer fstrim.timer dpkg-db-backup.timer logrotate.timer
# These would load modules into the machine's kernel, or show its debug files to the host.
chroot "$root" systemctl -q mask modprobe@.service sys-kernel-debug.mount sys-kernel-tracing.mount
# Open vSwitch is installed, but a host has it running only when it is asked for.
chroot "$root" systemctl -q mask openvswitch-switch ovs-record-hostname ovsdb-server ovs-vswitchd netplan-ovs-cleanup
# The default network would put a second bridge and NAT rules on every host.
rm -f "$root/etc/libvirt/qemu/networks/autostart/default.xml"
# Left to itself it would ask for DHCP on every NIC that has no file.
printf '[main]\nplugins=keyfile\nno-auto-default=*\n[keyfile]\nunmanaged-devices=\n' >"$root/etc/NetworkManager/conf.d/lab.conf"
# Debian's rule leaves veth alone; a lab host's NIC is one.
rm -f "$root/usr/lib/udev/rules.d/85-nm-unmanaged.rules"
