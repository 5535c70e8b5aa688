#!/bin/bash
# switch.sh LABDIR: the lab's switch (a network namespace with one bridge and DHCP) and the one cable from this machine to it.
set -euo pipefail
dir=$1
. "$dir/env"   # lab number cgroup
net=10.99.$number
mkdir -p "$cgroup/switch" "$cgroup/sources" "$dir/dhcp-hosts"
ip netns add "$lab"
inside() { ip netns exec "$lab" "$@"; }
ip -n "$lab" link set lo up
inside sh -c 'echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6'
ip -n "$lab" link add lan type bridge forward_delay 0 mcast_snooping 0 stp_state 0
ip -n "$lab" link set lan mtu 9000
ip -n "$lab" addr add "$net.254/24" dev lan
ip -n "$lab" link set lan up
ip link add "$lab" mtu 9000 type veth peer name machine mtu 9000 netns "$lab"
ip -n "$lab" link set machine master lan up
ip addr add "$net.1/24" dev "$lab"
ip addr add "fd99:db:$number::1/64" dev "$lab" nodad 2>/dev/null || true   # a machine without IPv6 does without
ip link set "$lab" up
# In a subshell of its own cgroup: dnsmasq goes to the background by itself and stays there.
(
  echo $BASHPID >"$cgroup/switch/cgroup.procs"
  exec ip netns exec "$lab" dnsmasq --conf-file=/dev/null --port=0 --interface=lan --bind-interfaces --dhcp-authoritative --no-ping \
    --user=root --dhcp-leasefile="$dir/leases" --dhcp-range="$net.100,$net.200,12h" --dhcp-option="3,$net.254" --dhcp-hostsdir="$dir/dhcp-hosts" \
    --pid-file= --log-facility="$dir/dnsmasq.log" --log-dhcp
) </dev/null >/dev/null
