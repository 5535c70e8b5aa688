# Reads what forwards and filters on a host, and changes nothing. Sections as in facts.sh; $nonce is set by the caller.

section() { # NAME BYTES COMMAND…
  name=$1 limit=$2
  shift 2
  printf '%s begin %s\n' "$nonce" "$name"
  { "$@" 2>/dev/null </dev/null; printf '\n%s end %s %s\n' "$nonce" "$name" "$?"; } | head -c "$limit"
  printf '\n'
}
has() { command -v "$1" >/dev/null 2>&1; }

ours() {
  for tool in nft iptables ip6tables systemctl docker ufw firewall-cmd; do if has "$tool"; then printf 'tool=%s\n' "$tool"; fi; done
  for family in ip ip6; do
    # Only where its tables are in use: legacy iptables loads them when it looks.
    case $("${family}tables" -V 2>/dev/null) in
      *legacy*) grep -qs '^filter$' "/proc/net/${family}_tables_names" || continue ;;
    esac
    if has "${family}tables" && "${family}tables" -w 2 -S DRAWBRIDGE >/dev/null 2>&1; then
      for from in FORWARD DOCKER-USER; do
        if "${family}tables" -w 2 -C "$from" -j DRAWBRIDGE 2>/dev/null; then printf 'passed=%s\n' "$family"; fi
      done
    fi
    if grep -qs '^filter$' "/proc/net/${family}_tables_names" && has "${family}tables-legacy" &&
      "${family}tables-legacy" -w 2 -S FORWARD 2>/dev/null | grep -q '^-P FORWARD DROP'; then printf 'legacy-drop=%s\n' "$family"; fi
  done
  for service in firewalld ufw docker; do
    if systemctl -q is-active "$service.service" 2>/dev/null; then printf 'active=%s\n' "$service"; fi
  done
  if grep -qs '^ENABLED=yes' /etc/ufw/ufw.conf; then printf 'ufw=enabled\n'; fi
}

values() {
  grep -sH '' /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv6/conf/all/forwarding /proc/sys/net/bridge/bridge-nf-call-iptables \
    /proc/sys/net/bridge/bridge-nf-call-ip6tables
}

printf '%s drawbridge forwarding 1\n' "$nonce"
section ours 65536 ours
section values 65536 values
section chains 524288 nft list chains
section config 262144 cat /etc/drawbridge/forwarding.json
section ports 65536 sh -c 'for bridge in /sys/class/net/*/brif; do for port in "$bridge"/*; do if [ -e "$port" ]; then printf "%s\n" "$bridge"; break; fi; done; done'
printf '%s complete\n' "$nonce"
