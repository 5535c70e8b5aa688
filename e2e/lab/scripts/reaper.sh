#!/bin/bash
# reaper.sh LABDIR TOKEN CGROUP PID START: ends the lab when the process that owns it has ended, however it ended.
set -u
dir=$1 token=$2 cgroup=$3 pid=$4 start=$5
mkdir -p "$cgroup" && echo $$ >"$cgroup/cgroup.procs"
lab_is_there() {
  local line
  while read -r line; do [ "$line" = "token=$token" ] && return; done 2>/dev/null <"$dir/env"
  return 1
}
exec 8<> <(:)
while lab_is_there; do
  read -r -a stat 2>/dev/null <"/proc/$pid/stat" || break
  # After "pid (name)": the name may hold blanks, so count from its end.
  line="${stat[*]}" line=${line##*) }
  read -r -a stat <<<"$line"
  case ${stat[0]} in Z | X) break ;; esac
  [ "${stat[19]}" = "$start" ] || break
  # Waits without starting a process.
  read -r -t 0.5 -u 8
done
exec "$(dirname "$0")/teardown.sh" "$dir" "$token"
