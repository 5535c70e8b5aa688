# flavours.sh: sourced by seed-host.sh. Each function writes the host's network in the native files of one back-end:
# the address on enp1s0, or on br0 with enp1s0 as its port when $bridge is yes.

networkd_files() {
  local d=$root/etc/systemd/network device=enp1s0
  if [ "$bridge" = yes ]; then
    device=br0
    printf '[NetDev]\nName=br0\nKind=bridge\n\n[Bridge]\nSTP=false\nForwardDelaySec=0\n' >"$d/20-br0.netdev"
    printf '[Match]\nName=enp1s0\n\n[Network]\nBridge=br0\nLinkLocalAddressing=no\n' >"$d/10-enp1s0.network"
  fi
  printf '[Match]\nName=%s\n\n[Network]\nAddress=%s\nAddress=%s\nGateway=%s\nIPv6AcceptRA=no\n' \
    "$device" "$v4" "$v6" "$gateway" >"$d/$([ $device = br0 ] && echo 20 || echo 10)-$device.network"
}

flavour_networkd() {
  mask NetworkManager networking
  chroot "$root" systemctl -q enable systemd-networkd
  networkd_files
}

flavour_netplan() {
  mask NetworkManager networking
  chroot "$root" systemctl -q enable systemd-networkd
  local file=$root/etc/netplan/01-lab.yaml address="      addresses: [$v4, '$v6']
      routes: [{to: default, via: $gateway}]
      accept-ra: false"
  if [ "$bridge" = yes ]; then
    printf 'network:\n  version: 2\n  renderer: networkd\n  ethernets:\n    enp1s0:\n      dhcp4: false\n  bridges:\n    br0:\n      interfaces: [enp1s0]\n      parameters: {stp: false, forward-delay: 0}\n%s\n' "$address" >"$file"
  else
    printf 'network:\n  version: 2\n  renderer: networkd\n  ethernets:\n    enp1s0:\n%s\n' "$address" >"$file"
  fi
  chmod 600 "$file"
}

flavour_networkmanager() {
  mask networking systemd-networkd
  local d=$root/etc/NetworkManager/system-connections addresses
  addresses="[ipv4]
method=manual
address1=$v4,$gateway

[ipv6]
method=manual
address1=$v6"
  if [ "$bridge" = yes ]; then
    printf '[connection]\nid=br0\ntype=bridge\ninterface-name=br0\n\n[bridge]\nstp=false\nforward-delay=0\n\n%s\n' "$addresses" >"$d/br0.nmconnection"
    printf '[connection]\nid=enp1s0\ntype=ethernet\ninterface-name=enp1s0\nmaster=br0\nslave-type=bridge\n\n[ethernet]\n' >"$d/enp1s0.nmconnection"
  else
    printf '[connection]\nid=enp1s0\ntype=ethernet\ninterface-name=enp1s0\n\n[ethernet]\n\n%s\n' "$addresses" >"$d/enp1s0.nmconnection"
  fi
  chmod 600 "$d"/*.nmconnection
}

flavour_ifupdown() {
  mask NetworkManager systemd-networkd
  local device=enp1s0 ports=
  if [ "$bridge" = yes ]; then
    device=br0 ports='	bridge_ports enp1s0
	bridge_stp off
	bridge_fd 0
'
  fi
  {
    printf 'auto lo\niface lo inet loopback\n\n'
    [ "$bridge" = yes ] && printf 'iface enp1s0 inet manual\n\n'
    printf 'auto %s\niface %s inet static\n\taddress %s\n\tgateway %s\n%s' "$device" "$device" "$v4" "$gateway" "$ports"
    printf '\niface %s inet6 static\n\taddress %s\n\taccept_ra 0\n\tdad-attempts 0\n' "$device" "$v6"
  } >"$root/etc/network/interfaces"
}

flavour_ifupdown2() {
  mask NetworkManager systemd-networkd
  local device=enp1s0 ports=
  if [ "$bridge" = yes ]; then
    device=br0 ports='	bridge-ports enp1s0
	bridge-stp off
	bridge-fd 0
'
  fi
  {
    printf 'auto lo\niface lo inet loopback\n\n'
    [ "$bridge" = yes ] && printf 'auto enp1s0\niface enp1s0 inet manual\n\n'
    printf 'auto %s\niface %s inet static\n\taddress %s\n\taddress %s\n\tgateway %s\n%s' "$device" "$device" "$v4" "$v6" "$gateway" "$ports"
  } >"$root/etc/network/interfaces"
}
