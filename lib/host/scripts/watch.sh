# Tells of every change to links, addresses and routes, one per line, until its stdin ends: when the SSH channel closes
# nothing else would stop `ip monitor` on a host where nothing changes.

command -v ip >/dev/null 2>&1 || { echo 'ip (of iproute2) is not installed' >&2; exit 127; }
exec 3<&0
ip -o monitor link address route &
monitor=$!
{ cat <&3 >/dev/null; kill "$monitor"; } >/dev/null 2>&1 &
waiter=$!
echo watching
wait "$monitor"
code=$?
kill "$waiter" 2>/dev/null
exit "$code"
