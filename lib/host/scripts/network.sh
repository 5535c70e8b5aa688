# Reads what says how this host's network is set up, and changes nothing. POSIX sh; every tool may be missing.
# Arguments: globs of configuration files. Sections as in facts.sh.

section() { # NAME BYTES COMMAND…
  name=$1 limit=$2
  shift 2
  printf '%s begin %s\n' "$nonce" "$name"
  { "$@" 2>/dev/null </dev/null; printf '\n%s end %s %s\n' "$nonce" "$name" "$?"; } | head -c "$limit"
  printf '\n'
}

has() { command -v "$1" >/dev/null 2>&1; }
if has timeout; then within() { timeout -k 1 "$@"; }; else within() { shift; "$@"; }; fi

versions() {
  systemctl --version | sed -n '1s/^systemd \([0-9]*\).*/systemd=\1/p'
  if has netplan; then dpkg-query -W -f 'netplan=${Version}\n' netplan.io; fi
  if has nmcli; then nmcli --version | sed -n 's/^nmcli tool, version /networkmanager=/p'; fi
  if has ifup; then dpkg-query -W -f '${Package}=${Version}\n' ifupdown ifupdown2 bridge-utils; fi
  for tool in dhclient dhcpcd udhcpc resolvconf; do if has "$tool"; then printf '%s=1\n' "$tool"; fi; done
}

# Which client identifier each lease was asked with.
leases() {
  grep -sHE '^(CLIENTID|ADDRESS)=' /run/systemd/netif/leases/*
  grep -sHE 'client-id|ADDRESS=' /run/NetworkManager/devices/* /var/lib/NetworkManager/internal-*.lease
}

config_file() { # PATH
  printf '%s ' "$1" && stat -L -c '%a %u %g' -- "$1" && cat -- "$1"
}

config_files() {
  count=0
  for pattern in "$@"; do
    for path in $pattern; do
      if [ ! -f "$path" ] && [ ! -L "$path" ]; then continue; fi
      case $path in *[!A-Za-z0-9/._@:+-]*) continue ;; esac
      count=$((count + 1))
      if [ "$count" -gt 400 ]; then return; fi
      section "file $count" 262144 config_file "$path"
    done
  done
}

printf '%s drawbridge network 1\n' "$nonce"
section versions 4096 versions
section links 8388608 within 5 ip -j -d link show
section rules4 1048576 within 5 ip -j -4 rule show
section rules6 1048576 within 5 ip -j -6 rule show
section leases 262144 leases
config_files "$@"
printf '%s complete\n' "$nonce"
