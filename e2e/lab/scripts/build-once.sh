#!/bin/bash
# build-once.sh OUT BUILDER ARGS...: called under a lock; whoever got it first may have built OUT already.
out=$1 builder=$2
shift 2
[ -e "$out" ] || exec "$builder" "$out" "$@"
