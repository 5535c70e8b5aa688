# Starts the one reader of passing addresses that is there: $1 is the perl one, $2 the python one. It ends when stdin does.

if command -v perl >/dev/null 2>&1 && perl -e 1 2>/dev/null; then exec perl -e "$1"; fi
# RHEL keeps a python of its own out of the PATH.
for python in python3 /usr/libexec/platform-python; do
  if command -v "$python" >/dev/null 2>&1 && "$python" -c 1 2>/dev/null; then exec "$python" -ISc "$2"; fi
done
exit 3
