#!/bin/bash
# reaper.sh LABDIR CGROUP PID START: ends the lab when the process that owns it has ended, however it ended.
set -u
dir=$1 cgroup=$2 pid=$3 start=$4
mkdir -p "$cgroup" && echo $$ >"$cgroup/cgroup.procs"
exec 8<> <(:)
while [ -d "$dir" ]; do
  read -r -a stat 2>/dev/null <"/proc/$pid/stat" || break
  # After "pid (name)": the name may hold blanks, so count from its end.
  line="${stat[*]}" line=${line##*) }
  read -r -a stat <<<"$line"
  case ${stat[0]} in Z | X) break ;; esac
  [ "${stat[19]}" = "$start" ] || break
  # Waits without starting a process.
  read -r -t 0.5 -u 8
done
[ -d "$dir" ] && exec "$(dirname "$0")/teardown.sh" "$dir"
exit 0
