#!/bin/bash
# teardown.sh LABDIR TOKEN: ends a lab and leaves nothing of it; harmless when repeated, or run twice at once.
set -u
dir=$1 wanted=$2
. "$(dirname "$0")/kill-cgroup.sh"
{ exec 9<"$dir"; } 2>/dev/null || exit 0
flock 9
[ -f "$dir/env" ] || exit 0
. "$dir/env"   # lab number cgroup token
# A later lab of the same name is somebody else's.
[ "${token:-}" = "$wanted" ] || exit 0
kill_cgroup "$cgroup" || echo "some processes of $cgroup would not end" >&2
ip link del "$lab" 2>/dev/null
ip netns del "$lab" 2>/dev/null
subnet=$(dirname "$dir")/.subnets/$number
[ "$(readlink "$subnet")" = "$(basename "$dir")" ] && rm -f "$subnet"
rm -rf --one-file-system "$dir"
exit 0
