# Reads what Drawbridge wants to know of a host, and changes nothing. POSIX sh; every tool may be missing.
#
# $nonce is set by the caller, from stdin, so that no text on this host can look like the start or end of a section:
#   <nonce> begin NAME
#   …what the section's command wrote, at most so many bytes…
#   <nonce> end NAME CODE        (absent when the limit cut it off)

section() { # NAME BYTES COMMAND…
  name=$1 limit=$2
  shift 2
  printf '%s begin %s\n' "$nonce" "$name"
  { "$@" 2>/dev/null </dev/null; printf '\n%s end %s %s\n' "$nonce" "$name" "$?"; } | head -c "$limit"
  printf '\n'
}

has() { command -v "$1" >/dev/null 2>&1; }

# A tool that talks to a daemon or a driver can hang.
if has timeout; then within() { timeout -k 1 "$@"; }; else within() { shift; "$@"; }; fi

ours() {
  printf 'uid=%s\n' "$(id -u)"
  printf 'machine=%s\n' "$(uname -m)"
  connection=${SSH_CONNECTION-} pid=$PPID depth=0
  # sudo drops it from the environment, but not from its own.
  while [ -z "$connection" ] && [ "$depth" -lt 4 ] && [ "${pid:-0}" -gt 1 ]; do
    connection=$(tr '\0' '\n' <"/proc/$pid/environ" | sed -n 's/^SSH_CONNECTION=//p')
    pid=$(sed -n 's/^PPid:[[:space:]]*//p' "/proc/$pid/status")
    depth=$((depth + 1))
  done
  printf 'ssh=%s\n' "$connection"
  for tool in ip bridge ethtool systemctl systemd-run nft iptables-legacy ip6tables-legacy apt-get dnf zypper \
    nmcli networkctl netplan ifup ifreload wicked ovs-vsctl virsh libvirtd virtqemud virt-ssh-helper \
    qemu-system-x86_64 qemu-system-aarch64 qemu-kvm docker sudo perl python3; do
    if has "$tool"; then printf 'tool=%s\n' "$tool"; fi
  done
  if [ -x /usr/libexec/qemu-kvm ]; then printf 'tool=/usr/libexec/qemu-kvm\n'; fi
  if [ -d /run/systemd/system ]; then printf 'init=systemd\n'; fi
  for module in br_netfilter bridge tun vhost_net kvm; do
    if [ -d "/sys/module/$module" ]; then printf 'module=%s\n' "$module"; fi
  done
  for device in kvm vhost-net net/tun; do
    if [ -c "/dev/$device" ]; then printf 'device=%s\n' "$device"; fi
  done
  # Opening what is not there would create it.
  if [ -c /dev/kvm ] && (: <>/dev/kvm) 2>/dev/null; then printf 'open=kvm\n'; fi
  for file in /etc/netplan/*.yaml /etc/netplan/*.yml /run/netplan/*.yaml; do
    if [ -f "$file" ]; then printf 'netplan=%s\n' "$file"; fi
  done
  for file in /etc/sysconfig/network/ifcfg-*; do
    if [ -f "$file" ]; then printf 'wicked=%s\n' "${file##*/ifcfg-}"; fi
  done
  for socket in /run/libvirt/*-sock; do
    if [ -S "$socket" ]; then printf 'socket=%s\n' "${socket##*/}"; fi
  done
  # True when this is ifupdown2, whose ifup is a Python program.
  if [ -d /usr/share/ifupdown2 ] && has ifreload; then printf 'ifupdown=2\n'; fi
}

# One process for hundreds of one-line files: "path:value".
values() {
  grep -sH '' /proc/sys/kernel/hostname /proc/sys/kernel/osrelease /proc/sys/kernel/random/boot_id /etc/machine-id \
    /proc/uptime /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv6/conf/all/forwarding /proc/sys/net/bridge/bridge-nf-* \
    /sys/module/kvm_*/parameters/nested /sys/kernel/mm/hugepages/*/nr_hugepages /sys/kernel/mm/hugepages/*/free_hugepages \
    /sys/devices/system/cpu/online /sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq \
    /sys/devices/system/cpu/cpu[0-9]*/topology/core_id /sys/devices/system/cpu/cpu[0-9]*/topology/physical_package_id \
    /sys/devices/system/node/node[0-9]*/cpulist
  grep -sHE '^btime ' /proc/stat
  grep -sHE 'MemTotal:' /sys/devices/system/node/node[0-9]*/meminfo
}

cpu() {
  sed '/^$/q' /proc/cpuinfo
  # Arm's has no name in it.
  if ! grep -q '^model name' /proc/cpuinfo && has lscpu; then within 3 lscpu | sed -n 's/^Model name: */model name : /p; s/^Vendor ID: */vendor_id : /p'; fi
}

back_ends() {
  grep -sHE '^(ADMIN_STATE|NETWORK_FILE)=' /run/systemd/netif/links/*
  grep -sHE '^(managed|connection-uuid)=' /run/NetworkManager/devices/*
  grep -sHE '^(uuid|interface-name|nm-generated)=' /etc/NetworkManager/system-connections/* /run/NetworkManager/system-connections/* \
    /usr/lib/NetworkManager/system-connections/*
  grep -sHE '^[[:space:]]*iface[[:space:]]' /etc/network/interfaces /etc/network/interfaces.d/*
  grep -sH '' /run/network/ifstate
}

services() {
  within 5 systemctl show -p Id -p LoadState -p ActiveState -p UnitFileState -- systemd-networkd.service \
    NetworkManager.service networking.service wicked.service wickedd.service libvirtd.service libvirtd.socket \
    virtqemud.service virtqemud.socket firewalld.service ufw.service nftables.service docker.service
}

firewall() {
  if has nft; then within 5 nft list chains; else return 127; fi
}

# Only where its tables are in use: iptables loads them when it looks.
legacy_firewall() {
  for family in ip ip6; do
    if grep -qs '^filter$' "/proc/net/${family}_tables_names" && has "${family}tables-legacy"; then
      printf 'family=%s\n' "$family"
      within 5 "${family}tables-legacy" -w 2 -S FORWARD
    fi
  done
}

routes() { within 5 ip -j "-$1" route show table all; }

links() { ls -ld /sys/class/net/* /sys/class/net/*/device/driver /sys/class/net/*/phy80211; }

link_values() {
  grep -sH '' /sys/class/net/*/speed /sys/class/net/*/duplex /sys/class/net/*/device/numa_node /sys/class/net/*/addr_assign_type
}

adapter() { # LINK
  for what in i k g l; do section "ethtool-$what $1" 16384 within 3 ethtool "-$what" "$1"; done
}

# The adapters; where there is none, in a container, the links that come in from outside. Never the hundreds of taps and
# container ports: ethtool is four processes each.
adapters() {
  count=0
  for path in /sys/class/net/*/device; do
    if [ ! -e "$path" ]; then continue; fi
    count=$((count + 1))
    if [ "$count" -gt 64 ]; then return; fi
    link=${path%/device}
    adapter "${link##*/}"
  done
  if [ "$count" -gt 0 ]; then return; fi
  for path in /sys/class/net/*; do
    link=${path##*/}
    case $link in lo | veth* | vnet* | tap* | virbr* | docker* | br-* | bonding_masters) continue ;; esac
    if [ -e "$path/tun_flags" ] || [ -d "$path/bridge" ] || [ -d "$path/bonding" ]; then continue; fi
    read -r own <"$path/ifindex" && read -r under <"$path/iflink" || continue
    if [ "$own" = "$under" ]; then continue; fi
    for lower in "$path"/lower_*; do if [ -e "$lower" ]; then continue 2; fi; done
    count=$((count + 1))
    if [ "$count" -gt 8 ]; then return; fi
    adapter "$link"
  done
}

main() {
  printf '%s drawbridge facts 1\n' "$nonce"
  section ours 65536 ours
  section os-release 16384 cat /etc/os-release
  section values 1048576 values
  section cpu 65536 cpu
  section memory 16384 cat /proc/meminfo
  section virtualization 4096 within 3 systemd-detect-virt
  section addresses 8388608 within 5 ip -j -d addr show
  section routes4 4194304 routes 4
  section routes6 4194304 routes 6
  section vlans 4194304 within 5 bridge -j vlan show
  section links 2097152 links
  section link-values 2097152 link_values
  section back-ends 1048576 back_ends
  section services 65536 services
  section firewall 524288 firewall
  section legacy-firewall 262144 legacy_firewall
  section ufw 4096 grep -sE '^ENABLED=' /etc/ufw/ufw.conf
  section resolv 16384 grep -shE '^nameserver' /etc/resolv.conf
  section resolved 16384 grep -shE '^nameserver' /run/systemd/resolve/resolv.conf
  if has ethtool; then adapters; fi
  printf '%s complete\n' "$nonce"
}

main
