#!/bin/busybox sh
# pid 1 of the tiny guest: DHCP on every NIC, or what its seed says; the guest agent where its initrd brings it; http on 80,
# the ACPI power button, a shell on the serial console, and (test guest only) port 7, which runs the line it is sent.
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev 2>/dev/null
for m in $(cat /modules/order); do [ -f /modules/$m.ko ] && insmod /modules/$m.ko; done

name=guest seed=
for d in /dev/vd? /dev/sr0; do
  [ -b $d ] && mount -t iso9660 -o ro $d /mnt || continue
  if [ -f /mnt/meta-data ]; then
    seed=$d
    cp /mnt/* /run/ 2>/dev/null
    h=$(sed -n 's/^local-hostname: *//p' /run/meta-data)
    [ -n "$h" ] && name=$h
  fi
  umount /mnt
done
hostname $name

cat >/bin/dhcp.sh <<'Y'
#!/bin/sh
case $1 in bound|renew)
  ifconfig $interface $ip netmask $subnet
  [ -n "$router" ] && route add default gw ${router%% *}
  echo "GUEST-IP $interface $ip mtu=$mtu";;
esac
Y
printf '#!/bin/sh\nread -r l; eval "$l" 2>&1\n' >/bin/control.sh
chmod +x /bin/dhcp.sh /bin/control.sh
# Of a NoCloud network-config (version 2) what it says of one MAC: "address A/N" and "gateway G" lines. No more of YAML
# than the match standing before the addresses.
fixed() {
  [ -f /run/network-config ] || return 0
  awk -v want="$1" '{ gsub(/["\047,]|\[|\]/, "") }
    $1 == "macaddress:" { on = tolower($2) == want }
    on && $NF ~ /^[0-9.]+\/[0-9]+$/ { print "address", $NF }
    on && ($1 == "via:" || $1 == "gateway4:" || $2 == "via:") { print "gateway", $NF }' /run/network-config
}
ip link set lo up
for i in /sys/class/net/eth*; do
  n=${i##*/}
  ip link set $n up
  echo "GUEST-NIC $n mac=$(cat $i/address) mtu=$(cat $i/mtu) rxq=$(ls -d $i/queues/rx-* | wc -l) txq=$(ls -d $i/queues/tx-* | wc -l)"
  given=$(fixed $(cat $i/address))
  if [ -n "$given" ]; then
    echo "$given" | while read -r what value; do
      case $what in address) ip addr add $value dev $n; echo "GUEST-IP $n ${value%/*} fixed" ;; gateway) ip route add default via $value ;; esac
    done
    continue
  fi
  udhcpc -f -i $n -s /bin/dhcp.sh -t 20 -T 1 -A 1 -x hostname:$name -O mtu >/dev/null 2>&1 &
done
echo "GUEST-UP $(cut -d' ' -f1 /proc/uptime) $name seed=$seed cpus=$(grep -c ^processor /proc/cpuinfo)"
[ -f /run/user-data ] && echo "GUEST-USERDATA $(head -1 /run/user-data)"
(while :; do nc -ll -p 7 -e /bin/control.sh; sleep 1; done) >/dev/null 2>&1 &
if [ -x /usr/sbin/qemu-ga ]; then
  insmod /modules/virtio_console.ko
  # The host names its ports a moment after the driver is there.
  (for _ in $(seq 100); do
    for port in /sys/class/virtio-ports/*; do
      [ "$(cat $port/name 2>/dev/null)" = org.qemu.guest_agent.0 ] || continue
      LD_LIBRARY_PATH=/lib exec /usr/sbin/qemu-ga -m virtio-serial -p /dev/${port##*/} -f /run/qemu-ga.pid -t /run
    done
    sleep 0.1
  done) >/dev/null 2>&1 &
fi
httpd -p 80 -h /run 2>/dev/null
for e in /sys/class/input/event*; do
  [ "$(cat $e/device/name 2>/dev/null)" = 'Power Button' ] &&
    (head -c1 /dev/input/${e##*/} >/dev/null; echo GUEST-POWEROFF; sync; poweroff -f) &
done
mkdir -p /dev/pts
mount -t devpts devpts /dev/pts
while :; do setsid sh -c 'exec sh </dev/ttyS0 >/dev/ttyS0 2>&1'; sleep 1; done
