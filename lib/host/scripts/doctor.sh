# Reads what the preparation check list wants to know beyond the facts, and changes nothing. $nonce comes from stdin, as
# in facts.sh; $1 is the user Drawbridge signs in as.

section() { # NAME BYTES COMMAND…
  name=$1 limit=$2
  shift 2
  printf '%s begin %s\n' "$nonce" "$name"
  { "$@" 2>/dev/null </dev/null; printf '\n%s end %s %s\n' "$nonce" "$name" "$?"; } | head -c "$limit"
  printf '\n'
}

ours() {
  printf 'uid=%s\n' "$(id -u)"
  printf 'groups=%s\n' "$(id -nG -- "$1")"
  if getent group libvirt >/dev/null; then printf 'group=libvirt\n'; fi
  for tool in qemu-system-x86_64 qemu-system-aarch64 qemu-kvm qemu-img libvirtd virtqemud virsh dnsmasq iptables nft bridge \
    ethtool brctl modprobe systemctl systemd-run udevadm; do
    if command -v "$tool" >/dev/null 2>&1; then printf 'tool=%s\n' "$tool"; fi
  done
  if [ -x /usr/libexec/qemu-kvm ]; then printf 'tool=qemu-kvm\n'; fi
  systemctl list-units --plain --no-legend 'drawbridge-prepare-*' | sed 's/^\([^ ]*\)\.service .*/underway=\1/'
  if [ -d /var/lib/libvirt/images ]; then printf 'directory=/var/lib/libvirt/images\n'; fi
}

modules() {
  kernel=$(uname -r)
  for module in bridge tun vhost_net kvm kvm_intel kvm_amd br_netfilter; do
    if grep -qsE "/$module\.ko" "/lib/modules/$kernel/modules.builtin"; then printf 'builtin=%s\n' "$module"; fi
    if grep -qs "^$module " /proc/modules || [ -d "/sys/module/$module" ]; then printf 'loaded=%s\n' "$module"; fi
    if modprobe -n -q "$module"; then printf 'available=%s\n' "$module"; fi
  done
  if [ -c /dev/net/tun ]; then printf 'loaded=tun\n'; fi
  if [ -c /dev/vhost-net ]; then printf 'loaded=vhost_net\n'; fi
  if [ -c /dev/kvm ]; then printf 'loaded=kvm\n'; fi
}

persisted() {
  grep -shE '^[[:space:]]*[a-z]' /etc/modules /etc/modules-load.d/*.conf /run/modules-load.d/*.conf \
    /usr/lib/modules-load.d/*.conf /lib/modules-load.d/*.conf
}

bridge_settings() {
  grep -sHE '^[[:space:]]*-?net[./]bridge[./]bridge-nf' /etc/sysctl.conf /etc/sysctl.d/*.conf /run/sysctl.d/*.conf \
    /usr/lib/sysctl.d/*.conf
  if [ -f /etc/udev/rules.d/90-drawbridge-bridge.rules ]; then echo '/etc/udev/rules.d/90-drawbridge-bridge.rules:present'; fi
}

units() {
  systemctl show -p Id -p LoadState -p ActiveState -p UnitFileState -- libvirtd.service libvirtd.socket \
    virtqemud.service virtqemud.socket virtnetworkd.service virtnetworkd.socket virtstoraged.service virtstoraged.socket \
    virtlogd.socket
}

main() {
  section ours 65536 ours "$1"
  section modules 16384 modules
  section persisted 65536 persisted
  section bridge-settings 65536 bridge_settings
  section services 65536 units
  printf '%s complete\n' "$nonce"
}

main "$1"
