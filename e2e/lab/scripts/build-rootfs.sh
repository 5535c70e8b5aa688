#!/bin/bash
# build-rootfs.sh OUT: the root file system of a Debian KVM host, from this machine's own apt sources.
set -euo pipefail
out=$1
here=$(cd "$(dirname "$0")" && pwd)
part=$out.part
packages=$(paste -sd, "$here/host-packages")
sources=
for file in /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list; do
  [ -s "$file" ] && { sources=$file; break; }
done
[ -n "$sources" ] || { echo "no Debian apt sources in /etc/apt" >&2; exit 1; }
suite=$(. /etc/os-release && echo "${VERSION_CODENAME:?}")

rm -rf --one-file-system "$part"
mmdebstrap --quiet --mode=root --variant=apt --include="$packages" \
  --aptopt='Acquire::Languages "none"' --aptopt='Acquire::Check-Date "false"' --aptopt='Acquire::Check-Valid-Until "false"' \
  --dpkgopt=force-unsafe-io --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
  --dpkgopt='path-exclude=/usr/share/locale/*' \
  "$suite" "$part" "$sources"
"$here/furnish-rootfs.sh" "$part"
mv -T "$part" "$out"
