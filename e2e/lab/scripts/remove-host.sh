#!/bin/bash
# remove-host.sh HOSTDIR: ends one host and leaves nothing of it.
set -u
dir=$1
. "$dir/env"
. "$(dirname "$0")/kill-cgroup.sh"
kill_cgroup "$cgroup/$host.keeper"
kill_cgroup "$cgroup/$host.host"
for ((i = 1; i <= nics; i++)); do ip -n "$lab" link del "$host-$i" 2>/dev/null; done
# A host made anew at this address has another MAC.
ip neigh flush dev "$lab" 2>/dev/null
rm -rf --one-file-system "$dir"
