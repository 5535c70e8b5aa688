# Converts an image into a volume that is there. Ends with its standard input: what nobody waits for any more is stopped.
#   $1 format of the source  $2 source  $3 format of the volume  $4 volume  $5 "empty" when the volume is all zeros yet

set -- "$1" "$2" "$3" "$4" ${5:+--target-is-zero}
from=$1 source=$2 to=$3 target=$4
shift 4
qemu-img convert -p -n "$@" -f "$from" -O "$to" -- "$source" "$target" </dev/null &
pid=$!
exec 3<&0
(cat <&3 >/dev/null; kill "$pid") 2>/dev/null &
watcher=$!
wait "$pid"
code=$?
kill "$watcher" 2>/dev/null
exit "$code"
