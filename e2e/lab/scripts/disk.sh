#!/bin/bash
# disk.sh HOSTDIR fill|free: takes a host's last free block, or gives back its whole disk.
set -euo pipefail
dir=$1 verb=$2
. "$dir/env"
read -r keeper _ <"$dir/keeper"
inside() { nsenter -t "$keeper" -m "$@"; }
case $verb in
  fill)
    # The host keeps writing meanwhile, and a file system can't be made smaller than what it holds.
    for ((i = 0; i < 20; i++)); do
      used=$(inside df --output=used -B1024 "$dir/disk" | tail -1)
      inside mount -o "remount,size=$((used + 256))k" "$dir/disk" && break
    done
    inside sh -c "cat /dev/zero >>'$dir/disk/filler'" 2>/dev/null || true
    ;;
  free)
    inside mount -o "remount,size=${disk_mib}m" "$dir/disk"
    inside rm -f "$dir/disk/filler"
    ;;
esac
