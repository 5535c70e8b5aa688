# Runs a command as a transient unit and follows its output, so that a broken connection never kills it half-way. The
# same unit again while it runs is followed, not started twice. Ends with the command's own status.
#   $1 name of the unit, the rest the command; without one it only follows

unit=$1
shift
scratch=/run/drawbridge
log=$scratch/$unit.log

property() { systemctl show -p "$1" -- "$unit.service" | sed 's/^[^=]*=//'; }
runs() { case $(property ActiveState) in active | activating | deactivating) return 0 ;; *) return 1 ;; esac; }

if runs; then
  echo 'It is under way already, since an earlier connection: following it.'
elif [ $# -eq 0 ]; then
  exit 0
else
  mkdir -p -m 0700 "$scratch" && : >"$log" || exit 1
  rm -f "$log.status"
  # Of connections that broke and of people who never came back.
  find "$scratch" -name 'drawbridge-prepare-*' -mmin +1440 -delete 2>/dev/null
  # --collect: when nobody follows any more, nothing of it stays but the log.
  systemd-run --quiet --collect --unit="$unit" --property=StandardInput=null --property=StandardOutput="append:$log" \
    --property=StandardError="append:$log" --property=TimeoutStopSec=15min --property=UMask=0022 --setenv=LC_ALL=C \
    --setenv=PATH="$PATH" -- sh -c 'log=$1; shift; "$@"; code=$?; echo "$code" >"$log.status"; exit "$code"' sh "$log" "$@" || exit
fi

pid=$(property MainPID)
if [ "${pid:-0}" -gt 0 ]; then tail -s 0.2 --pid="$pid" -n +1 -f -- "$log" || exit 1; else cat -- "$log" || exit 1; fi
while runs; do sleep 0.1; done
# Without a status it was killed from outside.
read -r code <"$log.status" || code=137
rm -f "$log" "$log.status"
exit "$code"
