#!/bin/bash
# teardown.sh LABDIR: ends a lab and leaves nothing of it; harmless when repeated, or run twice at once.
set -u
dir=$1
[ -f "$dir/env" ] || { rm -rf --one-file-system "$dir"; exit 0; }
. "$(dirname "$0")/kill-cgroup.sh"
exec 9<"$dir"
flock 9
[ -f "$dir/env" ] || exit 0
. "$dir/env"   # lab number cgroup
kill_cgroup "$cgroup" || echo "some processes of $cgroup would not end" >&2
ip link del "$lab" 2>/dev/null
ip netns del "$lab" 2>/dev/null
rm -rf --one-file-system "$dir"
subnet=$(dirname "$dir")/.subnets/$number
[ "$(readlink "$subnet")" = "$(basename "$dir")" ] && rm -f "$subnet"
exit 0
