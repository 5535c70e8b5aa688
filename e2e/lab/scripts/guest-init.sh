#!/bin/busybox sh
# pid 1 of the tiny guest: DHCP on every NIC, http on 80, ACPI power button, a shell on the serial console,
# and (test guest only) port 7, which runs the line it is sent.
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
ip link set lo up
for i in /sys/class/net/eth*; do
  n=${i##*/}
  ip link set $n up
  echo "GUEST-NIC $n mac=$(cat $i/address) mtu=$(cat $i/mtu) rxq=$(ls -d $i/queues/rx-* | wc -l) txq=$(ls -d $i/queues/tx-* | wc -l)"
  udhcpc -f -i $n -s /bin/dhcp.sh -t 20 -T 1 -A 1 -x hostname:$name -O mtu >/dev/null 2>&1 &
done
echo "GUEST-UP $(cut -d' ' -f1 /proc/uptime) $name seed=$seed cpus=$(grep -c ^processor /proc/cpuinfo)"
[ -f /run/user-data ] && echo "GUEST-USERDATA $(head -1 /run/user-data)"
(while :; do nc -ll -p 7 -e /bin/control.sh; sleep 1; done) >/dev/null 2>&1 &
httpd -p 80 -h /run 2>/dev/null
for e in /sys/class/input/event*; do
  [ "$(cat $e/device/name 2>/dev/null)" = 'Power Button' ] &&
    (head -c1 /dev/input/${e##*/} >/dev/null; echo GUEST-POWEROFF; sync; poweroff -f) &
done
mkdir -p /dev/pts
mount -t devpts devpts /dev/pts
while :; do setsid sh -c 'exec sh </dev/ttyS0 >/dev/ttyS0 2>&1'; sleep 1; done
