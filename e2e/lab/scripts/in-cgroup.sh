#!/bin/bash
# in-cgroup.sh CGROUP COMMAND...: becomes COMMAND inside CGROUP, so that it ends with the lab at the latest.
echo $$ >"$1/cgroup.procs" || exit 1
shift
exec "$@"
