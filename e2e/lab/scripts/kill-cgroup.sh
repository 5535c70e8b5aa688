# kill-cgroup.sh: sourced. Everything a lab runs is in its cgroup, so this can hit nothing else, and misses nothing.

# kill_cgroup PATH: ends all of its processes, waits (10 s at most) until they are gone, removes it.
kill_cgroup() {
  local i pid
  [ -d "$1" ] || return 0
  for ((i = 0; i < 200; i++)); do
    grep -q '^populated 1' "$1/cgroup.events" 2>/dev/null || break
    if ! echo 1 2>/dev/null >"$1/cgroup.kill"; then   # before Linux 5.14
      find "$1" -name cgroup.procs -exec cat {} + 2>/dev/null | while read -r pid; do kill -KILL "$pid" 2>/dev/null; done
    fi
    sleep 0.05
  done
  find "$1" -depth -type d -exec rmdir {} + 2>/dev/null
  [ ! -d "$1" ]
}
