# Starts the one reader of a host's counters with the best that is there: $1 is the perl reader, $2 the python one. Each
# byte or line on stdin asks for one frame: the host's clock in seconds, /proc/net/dev, a line with a dot alone. It ends
# when stdin does.

if command -v perl >/dev/null 2>&1 && perl -e 1 2>/dev/null; then exec perl -e "$1" "$(uname -m)"; fi
# RHEL keeps a python of its own out of the PATH.
for python in python3 /usr/libexec/platform-python; do
  if command -v "$python" >/dev/null 2>&1 && "$python" -c 1 2>/dev/null; then exec "$python" -ISc "$2"; fi
done
while read -r tick; do
  cat /proc/uptime /proc/net/dev || exit 1
  echo .
done
