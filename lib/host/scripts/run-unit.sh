# Runs a command as a transient unit and follows its output, so that a broken connection never kills it half-way. The
# same unit again while it runs is followed, not started twice. Ends with the command's own status.
#   $1 name of the unit, the rest the command

unit=$1
shift
scratch=/run/drawbridge
log=$scratch/$unit.log

property() { systemctl show -P "$1" -- "$unit.service" 2>/dev/null || systemctl show -p "$1" -- "$unit.service" | sed 's/^[^=]*=//'; }

clean() {
  systemctl stop -- "$unit.service" 2>/dev/null
  systemctl reset-failed -- "$unit.service" 2>/dev/null
  rm -f "$log"
}

mkdir -p -m 0700 "$scratch" || exit 1
if [ "$(property ActiveState)" = active ] && [ "$(property SubState)" = running ]; then
  echo 'It is under way already, since an earlier connection: following it.'
else
  clean
  : >"$log" || exit 1
  # RemainAfterExit and no --collect: the status stays until somebody has read it.
  systemd-run --quiet --unit="$unit" --property=RemainAfterExit=yes --property=StandardInput=null \
    --property=StandardOutput="append:$log" --property=StandardError="append:$log" --property=TimeoutStopSec=15min \
    --property=UMask=0022 --setenv=LC_ALL=C --setenv=PATH="$PATH" -- "$@" || exit
fi

pid=$(property MainPID)
if [ "${pid:-0}" -gt 0 ]; then tail -s 0.2 --pid="$pid" -n +1 -f -- "$log" || exit 1; else cat -- "$log" || exit 1; fi
while [ "$(property SubState)" = running ]; do sleep 0.1; done
code=$(property ExecMainStatus)
# 1: it ended by itself; else a signal ended it.
[ "$(property ExecMainCode)" = 1 ] || code=$((128 + ${code:-0}))
clean
exit "$code"
