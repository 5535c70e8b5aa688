#!/bin/bash
# seed-host.sh HOSTDIR ROOT: the files that make this host differ from any other: name, keys, its flavour's network.
set -euo pipefail
dir=$1 root=$2
. "$dir/env"
here=$(cd "$(dirname "$0")" && pwd)
labdir=$(cd "$dir/../.." && pwd)
v4=10.99.$number.$octet/24 v6=fd99:db:$number::$octet/64 gateway=10.99.$number.254

echo "$host" >"$root/etc/hostname"
printf '127.0.0.1 localhost\n127.0.1.1 %s\n' "$host" >"$root/etc/hosts"
for type in ed25519 ecdsa; do ssh-keygen -q -N '' -C "$host" -t "$type" -f "$root/etc/ssh/ssh_host_${type}_key"; done
for user in root kvmadmin limited; do
  home=$(awk -F: -v u="$user" '$1 == u {print $6}' "$root/etc/passwd")
  ids=$(awk -F: -v u="$user" '$1 == u {print $3 ":" $4}' "$root/etc/passwd")
  install -d -m700 "$root$home/.ssh"
  install -m600 "$labdir/key.pub" "$root$home/.ssh/authorized_keys"
  chown -R "$ids" "$root$home/.ssh"
done
[ "$root_password" = no ] || echo 'PermitRootLogin yes' >"$root/etc/ssh/sshd_config.d/lab.conf"
if [ "$kvm" = emulated ]; then
  mv "$root/usr/bin/qemu-system-x86_64" "$root/usr/bin/qemu-system-x86_64.real"
  install -m755 "$here/kvm-as-tcg.sh" "$root/usr/bin/qemu-system-x86_64"
fi

mask() { for unit in "$@"; do ln -sfn /dev/null "$root/etc/systemd/system/$unit.service"; done; }
. "$here/flavours.sh"
"flavour_$flavour"
