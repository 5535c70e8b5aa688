#!/bin/sh
# Written by Drawbridge. Loads its own forwarding rules; changes no rule of anybody else. $1: folder with forwarding.*
dir=${1:-/etc/drawbridge}
failed=0

# Our own chain, and one rule that calls it from where a drop would come after it.
pass() { # COMMAND FILE
  command -v "$1" >/dev/null 2>&1 || return 0
  if [ -s "$2" ]; then
    "$1-restore" --noflush <"$2" || { failed=1; return 0; }
    "$1" -w 5 -C FORWARD -j DRAWBRIDGE 2>/dev/null && [ "$("$1" -w 5 -S FORWARD 2>/dev/null | sed -n 2p)" != '-A FORWARD -j DRAWBRIDGE' ] &&
      "$1" -w 5 -D FORWARD -j DRAWBRIDGE 2>/dev/null
    if "$1" -w 5 -nL DOCKER-USER >/dev/null 2>&1; then
      "$1" -w 5 -C DOCKER-USER -j DRAWBRIDGE 2>/dev/null || "$1" -w 5 -I DOCKER-USER 1 -j DRAWBRIDGE || failed=1
    else
      "$1" -w 5 -C FORWARD -j DRAWBRIDGE 2>/dev/null || "$1" -w 5 -I FORWARD 1 -j DRAWBRIDGE || failed=1
    fi
  elif "$1" -w 5 -nL DRAWBRIDGE >/dev/null 2>&1; then
    for from in FORWARD DOCKER-USER; do
      while "$1" -w 5 -D "$from" -j DRAWBRIDGE 2>/dev/null; do :; done
    done
    "$1" -w 5 -F DRAWBRIDGE && "$1" -w 5 -X DRAWBRIDGE || failed=1
  fi
}

# The legacy tables are loaded by looking at them: only where they are in use.
legacy() { grep -qs '^filter$' "/proc/net/$1_tables_names" && case $("$2" -V 2>/dev/null) in *legacy*) false ;; *) true ;; esac; }

if [ -s "$dir/forwarding.sysctl" ]; then sysctl -q -p "$dir/forwarding.sysctl" || failed=1; fi
nft -f "$dir/forwarding.nft" || failed=1
pass iptables "$dir/forwarding.iptables"
pass ip6tables "$dir/forwarding.ip6tables"
if legacy ip iptables; then pass iptables-legacy "$dir/forwarding.iptables"; fi
if legacy ip6 ip6tables; then pass ip6tables-legacy "$dir/forwarding.ip6tables"; fi
exit "$failed"
